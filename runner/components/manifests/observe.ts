import { isNotThere, type KubeObject, type Kubernetes, type ObjectRef, refOf } from '../../kubernetes/index.ts';
import { changedFields } from '../changed-fields.ts';
import { inParallel } from '../in-parallel.ts';
import type { DesiredManifests, DesiredObject } from './desired.ts';
import { isJudged } from '../../health/index.ts';
import { componentLabel, ourObjects } from '../marks.ts';
import { fieldManager, isNeverDeleted, isOurs, keyOf, ownerOf, pruneAnnotation, refOfId } from './identity.ts';

/** How a wanted object is. `changed`: fields of ours have other values, by JSON pointer. `unowned`: it is there, and nobody's. */
export type Seen =
  | { state: 'absent' | 'ours' | 'terminating' | 'unowned' }
  | { state: 'changed'; fields: readonly string[]; live: KubeObject }
  | { state: 'foreign'; owner: string };
/** How an object is that was applied and is not wanted any more. `left`: it is not the runner's to delete (any more). */
export type Leftover = { id: string; state: 'gone' | 'ours' | 'terminating' | 'left' };

export type ManifestsObserved = { wanted: ReadonlyMap<string, Seen>; leftovers: readonly Leftover[] };

/** By id the resourceVersion in which an object was found as it should be: what has not changed since is not asked for again. */
export type LiveCache = Map<string, string>;

/** `inventory`: ids of what was applied. `drift` false: only whether objects are there. */
export async function observeManifests(
  kubernetes: Kubernetes,
  cache: LiveCache,
  component: string,
  desired: Pick<DesiredManifests, 'objects'> | null,
  inventory: readonly string[],
  options: { drift: boolean; signal: AbortSignal },
): Promise<ManifestsObserved> {
  const { signal } = options;
  const objects = desired?.objects ?? [];
  const live = await listOurs(
    kubernetes,
    component,
    objects.map(({ ref }) => ref),
    signal,
  );
  const seen = await inParallel(objects, async (wanted): Promise<[string, Seen]> => {
    const known = live.get(keyOf(wanted.ref)) ?? (await getMetadata(kubernetes, wanted.ref, signal));
    return [wanted.id, await judge(kubernetes, cache, component, wanted, known, options)];
  });
  const keys = new Set(objects.map(({ ref }) => keyOf(ref)));
  const others = inventory.filter((id) => !keys.has(keyOf(refOfId(id))));
  const leftovers = await inParallel(others, (id) => lookAtLeftover(kubernetes, component, id, signal));
  return { wanted: new Map(seen), leftovers };
}

async function judge(
  kubernetes: Kubernetes,
  cache: LiveCache,
  component: string,
  wanted: DesiredObject,
  live: KubeObject | null,
  { drift, signal }: { drift: boolean; signal: AbortSignal },
): Promise<Seen> {
  if (live === null) return { state: 'absent' };
  if (!isOurs(live, component)) {
    const owner = ownerOf(live, component);
    return owner === null ? { state: 'unowned' } : { state: 'foreign', owner };
  }
  // A namespace or a definition that is going takes everything along: what is to be done waits for its end.
  if (live.metadata.deletionTimestamp !== undefined) return { state: 'terminating' };
  const version = live.metadata.resourceVersion ?? '';
  if (!drift || cache.get(wanted.id) === version) return { state: 'ours' };
  const changed = await changedFields(kubernetes, wanted.object, fieldManager, signal);
  if (changed.live === null) return { state: 'absent' };
  if (changed.fields.length > 0) return { state: 'changed', fields: changed.fields, live: changed.live };
  cache.set(wanted.id, version);
  return { state: 'ours' };
}

/**
 * By what the shared watches say: no request where they know. What they do not have, the API server is asked for one by one; what they have in
 * another version than before is compared by the API server's own answer: nothing is done because of what they say alone.
 */
async function listOurs(
  kubernetes: Kubernetes,
  component: string,
  refs: readonly ObjectRef[],
  signal: AbortSignal,
): Promise<Map<string, KubeObject>> {
  const types = new Map(
    refs.map(({ apiVersion, kind, namespace }) => [
      [apiVersion, kind, namespace].join('/'),
      { apiVersion, kind, namespace },
    ]),
  );
  const lists = await inParallel([...types.values()], async (type) => {
    const labelSelector = `${ourObjects},${componentLabel}=${component}`;
    // Workloads whole: the same watch tells their health.
    const metadataOnly = !isJudged(type);
    const query = { ...type, labelSelector, watched: ourObjects, metadataOnly, signal };
    return (await kubernetes.list(query).catch(ifNotThere({ items: [], resourceVersion: '' }))).items;
  });
  return new Map(lists.flat().map((object) => [keyOf(refOf(object)), object]));
}

async function lookAtLeftover(
  kubernetes: Kubernetes,
  component: string,
  id: string,
  signal: AbortSignal,
): Promise<Leftover> {
  const ref = refOfId(id);
  const live = await getMetadata(kubernetes, ref, signal);
  if (live === null) return { id, state: 'gone' };
  return { id, state: stateOfLeftover(live, component, ref) };
}

/** Also asked right before deleting. */
export function stateOfLeftover(live: KubeObject, component: string, ref: ObjectRef): 'ours' | 'terminating' | 'left' {
  const kept = live.metadata.annotations?.[pruneAnnotation] === 'disabled';
  if (!isOurs(live, component) || isNeverDeleted(ref) || kept) return 'left';
  return live.metadata.deletionTimestamp === undefined ? 'ours' : 'terminating';
}

export function getMetadata(kubernetes: Kubernetes, ref: ObjectRef, signal: AbortSignal): Promise<KubeObject | null> {
  return kubernetes.get(ref, { metadataOnly: true, signal }).catch(ifNotThere(null));
}

/** Only what is certainly gone counts as absent. */
function ifNotThere<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (isNotThere(error)) return value;
    throw error;
  };
}

export function nameOfId(id: string): string {
  const { kind, namespace, name } = refOfId(id);
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}
