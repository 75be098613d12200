import type { ListOptions, Watched } from '../../kubernetes/index.ts';

/** What a loop watches: a change of any of it is a reason for a pass. Whole objects only where their status counts, else metadata. */
export type WatchTarget = ListOptions & Watched;

/** Each once, with the Secrets of inputs. */
export function watchTargetsOf(targets: readonly WatchTarget[], secretNamespaces: readonly string[]): WatchTarget[] {
  const secrets = secretNamespaces.map((namespace): WatchTarget => ({
    apiVersion: 'v1',
    kind: 'Secret',
    namespace,
    metadataOnly: true,
  }));
  return [...new Map([...secrets, ...targets].map((target) => [JSON.stringify(target), target])).values()];
}
