import { type Clock, elapsedMs } from '../../../contract/index.ts';
import type { KubeType, Kubernetes } from '../types.ts';
import { type Informer, startInformer } from './informer.ts';
import { keyOfSelection, type Selection } from './selection.ts';

export type Informers = {
  /** The one that sees this, started when it is first asked for. */
  for(wanted: Selection): Promise<Informer>;
  /** Those that may have seen an object of this kind. */
  of(type: KubeType): Iterable<Informer>;
  count(): number;
  end(): void;
};

/** From so many namespaces on one watch over the whole cluster takes the place of theirs, where the API server allows it. */
const mostNamespaces = 4;
/** Milliseconds without a question and without a follower. */
const idleMs = 10 * 60_000;

export function createInformers(kubernetes: Kubernetes, clock: Clock): Informers {
  const running = new Map<string, { informer: Informer; usedAt: number }>();
  const byType = new Map<string, Set<Informer>>();
  const refusedWide = new Set<string>();

  const stop = (key: string, informer: Informer): void => {
    informer.end();
    running.delete(key);
    byType.get(typeKey(informer.selection))?.delete(informer);
  };
  const sweep = (now: number): void => {
    for (const [key, { informer, usedAt }] of running) {
      if (informer.followers() === 0 && now - usedAt > idleMs) stop(key, informer);
    }
  };
  const open = (selection: Selection): Informer => {
    const key = keyOfSelection(selection);
    const now = elapsedMs(clock);
    const found = running.get(key);
    if (found !== undefined) {
      found.usedAt = now;
      return found.informer;
    }
    sweep(now);
    const informer = startInformer(kubernetes, selection);
    running.set(key, { informer, usedAt: now });
    const siblings = byType.get(typeKey(selection)) ?? new Set();
    byType.set(typeKey(selection), siblings.add(informer));
    return informer;
  };
  const isOpen = (selection: Selection): boolean => running.has(keyOfSelection(selection));
  const namespacesOf = (wanted: Selection): number =>
    [...(byType.get(typeKey(wanted)) ?? [])].filter(
      ({ selection }) =>
        selection.namespace !== undefined &&
        selection.labelSelector === wanted.labelSelector &&
        selection.metadataOnly === wanted.metadataOnly,
    ).length;

  return {
    for: async (wanted) => {
      // Whole objects have their metadata, too.
      const whole = { ...wanted, metadataOnly: false };
      const asked =
        wanted.metadataOnly && (isOpen(whole) || isOpen({ ...whole, namespace: undefined })) ? whole : wanted;
      if (asked.namespace === undefined) return open(asked);
      const wide = { ...asked, namespace: undefined };
      const wideKey = keyOfSelection(wide);
      const crowded = !isOpen(asked) && namespacesOf(asked) >= mostNamespaces;
      if (!refusedWide.has(wideKey) && (isOpen(wide) || crowded)) {
        const informer = open(wide);
        await informer.settled(undefined);
        if (!informer.refused()) return informer;
        refusedWide.add(wideKey);
        if (informer.followers() === 0) stop(wideKey, informer);
      }
      return open(asked);
    },
    of: (type) => byType.get(typeKey(type)) ?? [],
    count: () => running.size,
    end: () => {
      for (const [key, { informer }] of running) stop(key, informer);
    },
  };
}

function typeKey({ apiVersion, kind }: KubeType): string {
  return `${apiVersion}|${kind}`;
}
