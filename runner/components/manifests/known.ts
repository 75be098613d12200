import { type Clock, expressionsIn, type ExpressionScope, type ManifestsComponent } from '../../../contract/index.ts';
import type { Kubernetes } from '../../kubernetes/index.ts';
import { fingerprintOf } from '../fingerprint.ts';
import { requireKinds } from './act.ts';
import { type DesiredManifests, desiredManifests, type DesiredParts, readManifests } from './desired.ts';
import type { LiveCache } from './observe.ts';

/** A component's objects as they were resolved last, and what is known of them: nothing is resolved again while nothing has changed. */
export type Known = {
  key: string;
  /** Those that stand in the objects as they were packed. */
  expressions: readonly string[];
  desired: DesiredManifests;
  live: LiveCache;
};
/** By component. */
export type KnownManifests = Map<string, Known>;
export type KnownParts = DesiredParts & { kubernetes: Kubernetes; clock: Clock; manifests: KnownManifests };

export async function knownManifests(
  parts: KnownParts,
  component: ManifestsComponent,
  scope: ExpressionScope,
  signal: AbortSignal,
): Promise<Known> {
  const key = fingerprintOf({ component, scope });
  const before = parts.manifests.get(component.name);
  if (before?.key === key) return before;
  const packed = await readManifests(parts, component, signal);
  const desired = await desiredManifests(parts, component, packed, scope, async (type) => {
    await requireKinds(parts, [{ ref: { ...type, name: '' } }], component.name, signal);
    return parts.kubernetes.isNamespaced(type);
  });
  const known: Known = { key, expressions: expressionsIn(packed), desired, live: new Map() };
  parts.manifests.set(component.name, known);
  return known;
}
