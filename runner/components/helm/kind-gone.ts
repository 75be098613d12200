import { describeError, LandfallError } from '../../../contract/index.ts';
import { isNotThere, type Kubernetes } from '../../kubernetes/index.ts';
import { objectsOf } from './manifest.ts';
import { type HelmId, readRelease, type SeenRevision } from './release-secrets.ts';

/**
 * Helm can neither upgrade nor take away a release with an object of a kind that somebody has taken out of the cluster, and tells it like a fault of
 * the chart, or not at all. The error in place of Helm's when that is why; null: it is not.
 */
export async function kindGone(
  kubernetes: Kubernetes,
  id: HelmId,
  history: readonly SeenRevision[],
  error: unknown,
  signal: AbortSignal,
): Promise<LandfallError | null> {
  if (!(error instanceof LandfallError) || error.code !== 'LF-ENGINES-010' || signal.aborted) return null;
  const revisions = [history.findLast(({ status }) => status === 'deployed'), history.at(-1)];
  for (const revision of new Set(revisions.flatMap((seen) => (seen === undefined ? [] : [seen.revision])))) {
    const release = await readRelease(kubernetes, id, revision, signal);
    const objects = release === null ? [] : await objectsOf(kubernetes, id, release.manifest);
    for (const { apiVersion, kind, metadata } of objects) {
      const { namespace, name } = metadata;
      const query = { apiVersion, kind, namespace, fieldSelector: `metadata.name=${name}`, metadataOnly: true, signal };
      const there = await kubernetes.list(query).then(
        () => true,
        (failed: unknown) => !isNotThere(failed),
      );
      if (there) continue;
      const message = `somebody has taken ${kind} in ${apiVersion} out of the cluster, which ${id.namespace}/${id.releaseName} uses: ${describeError(error)}`;
      return new LandfallError('LF-RUNNER-021', message, { temporary: true, cause: error });
    }
  }
  return null;
}
