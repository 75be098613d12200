import { LandfallError } from '../../../contract/index.ts';
import { isNotThere, type KubeObject, type Kubernetes, refOf } from '../../kubernetes/index.ts';
import { inParallel } from '../in-parallel.ts';
import { isNeverDeleted, keyOf } from '../manifests/identity.ts';
import { objectsOf } from './manifest.ts';
import { deleteRecord, type HelmId, readHistory, readRelease } from './release-secrets.ts';

/**
 * `helm install --replace` takes over what it finds of its own, and leaves what it does not want any more; an upgrade would have deleted that. So what
 * these tries have made and the newest revision does not hold goes here. A try's record goes last: killed in between, it is all found again.
 * Claims, namespaces and definitions stay, as everywhere. Returns what stays since the component's account may not delete it: a right that the
 * release asks for no more must not fail what runs without it.
 */
export async function pruneTries(
  kubernetes: Kubernetes,
  id: HelmId,
  tries: readonly number[],
  signal: AbortSignal,
): Promise<string[]> {
  const newest = (await readHistory(kubernetes, id, signal)).at(-1);
  const release = newest === undefined ? null : await readRelease(kubernetes, id, newest.revision, signal);
  if (release === null) return [];
  const all = [release.manifest, ...(release.hooks ?? []).map(({ manifest }) => manifest)].join('\n---\n');
  const held = new Set((await objectsOf(kubernetes, id, all)).map((object) => keyOf(refOf(object))));
  const forbidden: string[] = [];
  for (const revision of tries) {
    const objects = await objectsOfTry(kubernetes, id, revision, signal);
    const left = objects.filter((object) => !held.has(keyOf(refOf(object))) && !isNeverDeleted(refOf(object)));
    await inParallel(left, async (object) => {
      if (await isForbidden(deleteOwned(kubernetes, id, object, signal)))
        forbidden.push(`${object.kind} ${object.metadata.name}`);
    });
    await deleteRecord(kubernetes, id, revision, signal);
  }
  return forbidden;
}

async function isForbidden(deletion: Promise<void>): Promise<boolean> {
  try {
    await deletion;
    return false;
  } catch (error) {
    if (error instanceof LandfallError && (error.code === 'LF-RUNNER-150' || error.details['status'] === 403))
      return true;
    throw error;
  }
}

/** An install keeps to no limit of revisions by itself. The first stays: it tells that none before it was whole. The newest is the one to be replaced. */
export async function limitTries(
  kubernetes: Kubernetes,
  id: HelmId,
  most: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  const history = await readHistory(kubernetes, id, signal);
  const besides = Math.max(1, (most ?? usualLimit) - 2);
  for (const { revision } of history.slice(1, -besides)) await deleteRecord(kubernetes, id, revision, signal);
}

/** Helm's own. */
const usualLimit = 10;

async function objectsOfTry(
  kubernetes: Kubernetes,
  id: HelmId,
  revision: number,
  signal: AbortSignal,
): Promise<KubeObject[]> {
  try {
    const release = await readRelease(kubernetes, id, revision, signal);
    return release === null ? [] : await objectsOf(kubernetes, id, release.manifest);
  } catch (error) {
    // Nobody can read it, so nobody ever will; what runs does not depend on it.
    if (error instanceof LandfallError && error.code === 'LF-RUNNER-013') return [];
    throw error;
  }
}

async function deleteOwned(kubernetes: Kubernetes, id: HelmId, object: KubeObject, signal: AbortSignal): Promise<void> {
  try {
    const live = await kubernetes.get(refOf(object), { metadataOnly: true, signal });
    const { uid, annotations } = live?.metadata ?? {};
    const isOwned =
      annotations?.['meta.helm.sh/release-name'] === id.releaseName &&
      annotations['meta.helm.sh/release-namespace'] === id.namespace;
    if (uid === undefined || !isOwned || annotations['helm.sh/resource-policy'] === 'keep') return;
    await kubernetes.delete(refOf(object), { uid, signal });
  } catch (error) {
    // Its kind is gone, and it with it.
    if (!isNotThere(error)) throw error;
  }
}
