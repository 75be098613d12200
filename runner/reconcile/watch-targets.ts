import { workloadKinds } from '../health/index.ts';
import type { ManifestCache } from '../components/helm/observe.ts';
import type { ListOptions } from '../kubernetes/index.ts';

/** What a loop watches: a change of any of it is a reason for a pass. */
export type WatchTarget = ListOptions;

/** The kinds and namespaces of what is installed; whole objects only where their status counts, else metadata. Secrets: Helm's records and secret inputs. */
export function watchTargetsOf(cache: ManifestCache, secretNamespaces: readonly string[]): WatchTarget[] {
  const targets = new Map<string, WatchTarget>();
  const add = (target: WatchTarget): void => void targets.set(JSON.stringify(target), target);
  for (const namespace of secretNamespaces) add({ apiVersion: 'v1', kind: 'Secret', namespace, metadataOnly: true });
  for (const [key, { objects }] of cache) {
    const namespace = key.split('/')[0];
    add({ apiVersion: 'v1', kind: 'Secret', namespace, metadataOnly: true });
    for (const { apiVersion, kind, metadata } of objects) {
      if (kind === 'Secret') continue;
      const metadataOnly = !workloadKinds.has(kind);
      add({
        apiVersion,
        kind,
        namespace: metadata.namespace,
        labelSelector: 'app.kubernetes.io/managed-by=Helm',
        metadataOnly,
      });
    }
  }
  return [...targets.values()];
}
