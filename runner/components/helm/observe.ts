import { isNotThere, type KubeObject, type Kubernetes, type ObjectRef, refOf } from '../../kubernetes/index.ts';
import { isJudged, passingKinds } from '../../health/index.ts';
import { objectsOf } from './manifest.ts';
import { type HelmId, type Look, readHistory, readNext, readRelease, type SeenRevision } from './release-secrets.ts';

export type HelmObserved = {
  /** Oldest first. */
  history: readonly SeenRevision[];
  /** What the newest revision's manifest holds; empty unless it is deployed. */
  objects: readonly KubeObject[];
  /** Each of them that is to stay, as it is; null where it is not there. */
  lasting: readonly { object: KubeObject; live: KubeObject | null }[];
  /** Those of them that are not in the cluster. */
  missing: readonly KubeObject[];
};

/**
 * Remembers the decoded manifest of one revision per release: a revision never changes. `touched`: a helm process has been started on it, and
 * nobody has looked since; the watches may not know yet what it did.
 */
export type ManifestCache = Map<string, { revision: number; objects: KubeObject[]; touched?: true }>;

/** What the shared watches of Helm's objects select: Helm itself labels them. */
export const helmObjects = 'app.kubernetes.io/managed-by=Helm';

/** Before a helm process starts: the next look is a fresh one, whatever becomes of it. */
export function touch(cache: ManifestCache, id: HelmId): void {
  const key = keyOf(id);
  cache.set(key, { ...(cache.get(key) ?? { revision: 0, objects: [] }), touched: true });
}

/** `applied`: an apply of ours has just gone well, and this was there before it. */
export async function observeHelm(
  kubernetes: Kubernetes,
  cache: ManifestCache,
  id: HelmId,
  signal: AbortSignal,
  asked: Look = 'fresh',
  applied: readonly SeenRevision[] | null = null,
): Promise<HelmObserved> {
  const before = cache.get(keyOf(id));
  const look = before?.touched === true ? 'fresh' : asked;
  const next = applied === null ? null : await readNext(kubernetes, id, applied, signal);
  const history = next?.history ?? (await readHistory(kubernetes, id, signal, look));
  const newest = history.at(-1);
  if (newest === undefined || newest.status !== 'deployed') {
    if (before?.touched === true) cache.delete(keyOf(id));
    return { history, objects: [], lasting: [], missing: [] };
  }
  const objects =
    next === null
      ? await manifestOf(kubernetes, cache, id, newest.revision, signal)
      : await objectsOf(kubernetes, id, next.release.manifest);
  const kept = objects.filter(({ kind }) => !passingKinds.has(kind));
  // Workloads whole: their health is judged by what the same watch says.
  const lasting = await Promise.all(
    kept.map(async (object) => {
      const metadataOnly = !isJudged(object);
      const get = (watched: boolean): Promise<KubeObject | null> =>
        kubernetes
          .get(refOf(object), { metadataOnly, signal, ...(watched ? { watched: helmObjects } : {}) })
          .catch(nullIfNotThere);
      // Of what Helm has just written and only has to be there, a watch that knows it is enough; one that does not may only be late.
      if (next !== null && metadataOnly) return { object, live: (await get(true)) ?? (await get(false)) };
      return { object, live: await get(look === 'watched') };
    }),
  );
  // Only now: a look that failed half-way has not seen what the process did.
  cache.set(keyOf(id), { revision: newest.revision, objects });
  const missing = lasting.flatMap(({ object, live }) => (live === null ? [object] : []));
  return { history, objects, lasting, missing };
}

async function manifestOf(
  kubernetes: Kubernetes,
  cache: ManifestCache,
  id: HelmId,
  revision: number,
  signal: AbortSignal,
): Promise<KubeObject[]> {
  const known = cache.get(keyOf(id));
  if (known?.revision === revision) return known.objects;
  const release = await readRelease(kubernetes, id, revision, signal);
  return release === null ? [] : objectsOf(kubernetes, id, release.manifest);
}

function keyOf(id: HelmId): string {
  return `${id.namespace}/${id.releaseName}`;
}

export function refsOf(observed: HelmObserved): ObjectRef[] {
  return observed.objects.map(refOf);
}

/** Only what is certainly gone counts as missing: an API server that does not answer is no reason to put anything back. */
function nullIfNotThere(error: unknown): null {
  if (isNotThere(error)) return null;
  throw error;
}
