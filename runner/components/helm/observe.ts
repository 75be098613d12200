import { isNotThere, type KubeObject, type Kubernetes, type ObjectRef, refOf } from '../../kubernetes/index.ts';
import { passingKinds } from '../../health/index.ts';
import { objectsOf } from './manifest.ts';
import { type HelmId, readHistory, readRelease, type SeenRevision } from './release-secrets.ts';

export type HelmObserved = {
  /** Oldest first. */
  history: readonly SeenRevision[];
  /** What the newest revision's manifest holds; empty unless it is deployed. */
  objects: readonly KubeObject[];
  /** Those of them that are not in the cluster. */
  missing: readonly KubeObject[];
};

/** Remembers the decoded manifest of one revision per release: a revision never changes. */
export type ManifestCache = Map<string, { revision: number; objects: KubeObject[] }>;

export async function observeHelm(
  kubernetes: Kubernetes,
  cache: ManifestCache,
  id: HelmId,
  signal: AbortSignal,
): Promise<HelmObserved> {
  const history = await readHistory(kubernetes, id, signal);
  const newest = history.at(-1);
  if (newest === undefined || newest.status !== 'deployed') return { history, objects: [], missing: [] };
  const objects = await manifestOf(kubernetes, cache, id, newest.revision, signal);
  const there = await Promise.all(
    objects.map((object) => kubernetes.get(refOf(object), { metadataOnly: true, signal }).catch(nullIfNotThere)),
  );
  return { history, objects, missing: objects.filter(({ kind }, i) => there[i] === null && !passingKinds.has(kind)) };
}

async function manifestOf(
  kubernetes: Kubernetes,
  cache: ManifestCache,
  id: HelmId,
  revision: number,
  signal: AbortSignal,
): Promise<KubeObject[]> {
  const key = `${id.namespace}/${id.releaseName}`;
  const known = cache.get(key);
  if (known?.revision === revision) return known.objects;
  const release = await readRelease(kubernetes, id, revision, signal);
  const objects = release === null ? [] : await objectsOf(kubernetes, id, release.manifest);
  cache.set(key, { revision, objects });
  return objects;
}

export function refsOf(observed: HelmObserved): ObjectRef[] {
  return observed.objects.map(refOf);
}

/** Only what is certainly gone counts as missing: an API server that does not answer is no reason to put anything back. */
function nullIfNotThere(error: unknown): null {
  if (isNotThere(error)) return null;
  throw error;
}
