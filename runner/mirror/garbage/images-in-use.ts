import type { KubeType, Kubernetes } from '../../kubernetes/index.ts';

/** Everything that starts containers, now or later. Old ReplicaSets are not among it: the runner never goes back by them. */
const kinds: readonly KubeType[] = [
  { apiVersion: 'v1', kind: 'Pod' },
  { apiVersion: 'apps/v1', kind: 'Deployment' },
  { apiVersion: 'apps/v1', kind: 'StatefulSet' },
  { apiVersion: 'apps/v1', kind: 'DaemonSet' },
  { apiVersion: 'batch/v1', kind: 'Job' },
  { apiVersion: 'batch/v1', kind: 'CronJob' },
];

/**
 * The artifacts of the mirror that something in the cluster names, as keys (`repository@digest` below `place`, which is `host/prefix/`):
 * also what a release that is long gone has left running. They are looked for as text, wherever in an object they stand.
 */
export async function imagesInUse(
  kubernetes: Pick<Kubernetes, 'list'>,
  place: string,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const used = new Set<string>();
  const literal = place.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const named = new RegExp(`${literal}([a-z0-9._/-]+@sha256:[0-9a-f]{64})`, 'g');
  for (const kind of kinds) {
    const { items } = await kubernetes.list({ ...kind, signal });
    for (const [, key] of JSON.stringify(items).matchAll(named)) if (key !== undefined) used.add(key);
  }
  return used;
}
