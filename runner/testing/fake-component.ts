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

/** Every `image` that is pinned: those of the host `shop.example`. */
export const imagesOf = (value: Json): { reference: string; artifact: ReturnType<typeof artifactOf> }[] =>
  [...new Set(JSON.stringify(value).match(/shop\.example\/[a-z0-9:.-]+/g))].map((reference) => ({
    reference,
    artifact: artifactOf(reference),
  }));
