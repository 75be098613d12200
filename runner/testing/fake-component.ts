import { type Json, type JsonObject, type Permission, sha256 } from '../../contract/index.ts';
import type { FakeBaseModule } from './fake-base.ts';
import type { FakeChart } from './fake-helm.ts';
import type { FakeModule } from './fake-tofu.ts';

/** A component as a test says it; createFakeInstall makes a release of it. */
export type FakeComponent = {
  name: string;
  dependsOn?: string[];
  values?: JsonObject;
  onFailure?: 'rollback' | 'hold';
} & (
  | { chart: FakeChart; namespace?: string; settings?: JsonObject }
  | { objects: JsonObject[]; namespace?: string; settings?: JsonObject }
  | { job: JsonObject; settings?: JsonObject }
  | { module: FakeModule; outputs?: string[]; rollback?: 'previous' | 'forward-only'; settings?: JsonObject }
  /** `module`: what tells one real module from another. */
  | { base: FakeBaseModule; module?: string; needs?: Permission[] }
);

export const artifactOf = (content: unknown) => ({
  repository: 'shop/thing',
  digest: sha256(JSON.stringify(content)),
  mediaType: 'x/y',
  size: 1,
});

/** What its artifact holds; a job has none. */
export function contentOf(component: Exclude<FakeComponent, { job: JsonObject }>): unknown {
  if ('objects' in component) return component.objects;
  if ('chart' in component) return component.chart;
  return 'base' in component ? { base: component.base, module: component.module ?? '' } : component.module;
}

/** Every `image` that is pinned: those of the host `shop.example`. */
export const imageNamesOf = (value: Json): string[] => [
  ...new Set(JSON.stringify(value).match(/shop\.example\/[a-z0-9:.-]+/g)),
];
