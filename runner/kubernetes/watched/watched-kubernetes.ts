import type { Clock } from '../../../contract/index.ts';
import type { KubeObject, Kubernetes, ListOptions, ObjectRef, Observation, ObserveOptions } from '../types.ts';
import { followInformer } from './follow-informer.ts';
import type { Informer } from './informer.ts';
import { createInformers } from './informers.ts';
import { type Selection, termsBeyond, termsOf } from './selection.ts';

export type WatchedKubernetes = Kubernetes & {
  /** How many watches are shared now. */
  watches(): number;
  /** What is asked is answered as here, and changed by another client of the same cluster (with the rights of somebody else); that is noted, too. */
  changedBy(other: Kubernetes): Kubernetes;
  /** Ends them. */
  close(): void;
};

/**
 * The same port, with shared watches behind what is asked `watched`: no request where a watch knows. Every answer of the API server passes
 * through here and is noted, so that nothing `watched` is ever older than what this process has read or written itself. Where a watch does not
 * know (broken, too large, behind, or an object that it does not select), the API server is asked.
 */
export function createWatchedKubernetes(kubernetes: Kubernetes, clock: Clock): WatchedKubernetes {
  const informers = createInformers(kubernetes, clock);
  const selectionOf = (what: ListOptions, watched: string): Selection => ({
    apiVersion: what.apiVersion,
    kind: what.kind,
    namespace: what.namespace,
    labelSelector: watched,
    metadataOnly: what.metadataOnly === true,
  });
  const noted = (object: KubeObject | null): KubeObject | null => {
    if (object !== null)
      for (const { seen, selection } of informers.of(object)) if (covers(selection, object)) seen.note(object, true);
    return object;
  };
  const liveInformer = async (selection: Selection, signal: AbortSignal | undefined): Promise<Informer | null> => {
    const informer = await informers.for(selection);
    await informer.settled(signal);
    return informer.live() ? informer : null;
  };

  const get: Kubernetes['get'] = async (ref, options = {}) => {
    const { watched, ...direct } = options;
    if (watched !== undefined) {
      const { metadataOnly, signal } = options;
      const informer = await liveInformer(selectionOf({ ...ref, metadataOnly }, watched), signal);
      const found = informer?.seen.get(ref) ?? 'behind';
      if (typeof found !== 'string') return found;
      if (found === 'absent' && watched === '') return null;
    }
    const object = await kubernetes.get(ref, direct);
    for (const { seen, selection } of informers.of(ref)) {
      if (!covers(selection, { metadata: ref })) continue;
      if (object === null) seen.noteGone(ref);
      else seen.note(object, direct.metadataOnly !== true);
    }
    return object;
  };

  const list: Kubernetes['list'] = async (options) => {
    const { watched, ...direct } = options;
    const beyond = watched === undefined ? null : termsBeyond(watched, options);
    if (watched !== undefined && beyond !== null) {
      const informer = await liveInformer(selectionOf(options, watched), options.signal);
      const items = informer?.seen.list(options.namespace, beyond) ?? 'behind';
      if (items !== 'behind') return { items, resourceVersion: '' };
    }
    const listed = await kubernetes.list(direct);
    const terms = options.fieldSelector === undefined ? termsOf(options.labelSelector ?? '') : null;
    for (const { seen, selection } of informers.of(options)) {
      for (const item of listed.items) if (covers(selection, item)) seen.note(item, direct.metadataOnly !== true);
      if (terms !== null) seen.noteList(options.namespace, terms, listed.items, listed.resourceVersion);
    }
    return listed;
  };

  async function* observe(options: ObserveOptions, signal: AbortSignal): AsyncGenerator<Observation> {
    const { watched, ...direct } = options;
    const beyond = watched === undefined ? null : termsBeyond(watched, { labelSelector: watched, ...options });
    // A part of what a watch sees is not told apart here: who wants that asks for a watch of its own.
    if (watched === undefined || beyond === null || beyond.length > 0) {
      yield* kubernetes.observe(direct, signal);
      return;
    }
    yield* followInformer(await informers.for(selectionOf(options, watched)), options.namespace, signal);
  }

  const changing = (by: Kubernetes): Kubernetes => ({
    ...by,
    get,
    list,
    observe,
    create: async (object, call) => noted(await by.create(object, call)),
    replace: async (object, call) => noted(await by.replace(object, call)),
    patch: async (ref, patch, call) => noted(await by.patch(ref, patch, call)),
    apply: async (object, call) => {
      const applied = await by.apply(object, call);
      if (call.dryRun !== true) noted(applied);
      return applied;
    },
    delete: async (ref, call) => {
      const deleted = await by.delete(ref, call);
      for (const { seen, selection } of informers.of(ref))
        if (covers(selection, { metadata: ref })) seen.noteDeleting(ref);
      return deleted;
    },
  });

  return {
    ...changing(kubernetes),
    changedBy: changing,
    watches: () => informers.count(),
    close: () => informers.end(),
  };
}

function covers(selection: Selection, object: { metadata: Pick<ObjectRef, 'namespace'> }): boolean {
  return selection.namespace === undefined || selection.namespace === object.metadata.namespace;
}
