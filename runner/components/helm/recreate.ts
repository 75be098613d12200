import { LandfallError } from '../../../contract/index.ts';
import { type KubeObject, type Kubernetes, refOf } from '../../kubernetes/index.ts';
import { inParallel } from '../in-parallel.ts';
import { idOf, isNeverDeleted } from '../manifests/identity.ts';
import { awaitGone } from '../manifests/act.ts';
import { helmFieldManager } from './drift.ts';
import { objectsOf } from './manifest.ts';
import type { HelmParts } from './parts.ts';
import { type HelmId, readHistory, readRelease } from './release-secrets.ts';

const removalMs = 120_000;

/**
 * Objects that an upgrade could not change (a Deployment's selector, a Service's clusterIP) are deleted, so that the next try makes them anew.
 * Which they are the API server says: it refuses the object over what is there, and would take it under another name. Returns whether there were any.
 */
export async function recreateStuck(
  parts: HelmParts,
  component: string,
  id: HelmId,
  signal: AbortSignal,
): Promise<boolean> {
  const { kubernetes, effects } = parts;
  const newest = (await readHistory(kubernetes, id, signal)).at(-1);
  if (newest?.status !== 'failed') return false;
  const release = await readRelease(kubernetes, id, newest.revision, signal);
  if (release === null) return false;
  const objects = await objectsOf(kubernetes, id, release.manifest);
  const judged = await inParallel(objects, async (object) =>
    (await isStuck(kubernetes, object, id, signal)) ? [object] : [],
  );
  const stuck = judged.flat();
  if (stuck.length === 0) return false;
  const names = stuck.map(({ kind, metadata }) => `${kind} ${metadata.name}`).join(', ');
  const target = `${id.namespace}/${id.releaseName}`;
  parts.events.event({ reason: 'HelmRecreate', component, severity: 'warning', message: `made anew: ${names}` });
  await effects.run('helm-recreate', { target, intent: `delete what cannot be changed: ${names}` }, (context) =>
    inParallel(stuck, (object) => kubernetes.delete(refOf(object), { signal: context.signal })),
  );
  const ids = stuck.map((object) => idOf(refOf(object)));
  await awaitGone(parts, component, ids, removalMs, signal);
  return true;
}

async function isStuck(kubernetes: Kubernetes, object: KubeObject, id: HelmId, signal: AbortSignal): Promise<boolean> {
  if (isNeverDeleted(refOf(object))) return false;
  const live = await kubernetes.get(refOf(object), { metadataOnly: true, signal });
  // Only what this very release owns.
  const owner = live?.metadata.annotations?.['meta.helm.sh/release-name'];
  if (live === null || owner !== id.releaseName) return false;
  if (!(await isRefused(kubernetes, object, signal))) return false;
  // A broken object is refused under any name; deleting what runs would not help it.
  const name = `${object.metadata.name.slice(0, 40)}-landfall-dry-run`;
  return !(await isRefused(kubernetes, { ...object, metadata: { ...object.metadata, name } }, signal));
}

/** 422: the API server finds the object invalid, alone or over what is there. */
async function isRefused(kubernetes: Kubernetes, object: KubeObject, signal: AbortSignal): Promise<boolean> {
  try {
    await kubernetes.apply(object, { fieldManager: helmFieldManager, force: true, dryRun: true, signal });
    return false;
  } catch (error) {
    if (error instanceof LandfallError && error.details['status'] === 422) return true;
    throw error;
  }
}
