import type { Kubernetes } from './kubernetes/index.ts';
import type { WatchTarget } from './reconcile/index.ts';

export type Watches<T = WatchTarget> = {
  /** Starts what is new, ends what is no longer asked for. */
  follow(targets: readonly T[]): void;
  stop(): Promise<void>;
};

/** One watch per kind and namespace. Also the first list counts as a change: something may have changed between a pass's look and the watch. */
export function createWatches(kubernetes: Kubernetes, onChange: (what: string) => void): Watches {
  return followTargets(async (target, signal) => {
    for await (const seen of kubernetes.observe(target, signal)) {
      onChange(seen.type === 'listed' ? target.kind : `${target.kind} ${seen.event.object.metadata.name}`);
    }
  });
}

/** Keeps one `watch` running for each target that is asked for; targets that say the same are one. */
export function followTargets<T>(watch: (target: T, signal: AbortSignal) => Promise<void>): Watches<T> {
  const running = new Map<string, { end: AbortController; done: Promise<void> }>();
  return {
    follow: (targets) => {
      const wanted = new Map(targets.map((target) => [JSON.stringify(target), target]));
      for (const [key, { end }] of running) {
        if (wanted.has(key)) continue;
        end.abort();
        running.delete(key);
      }
      for (const [key, target] of wanted) {
        if (running.has(key)) continue;
        const end = new AbortController();
        running.set(key, { end, done: watch(target, end.signal) });
      }
    },
    stop: async () => {
      for (const { end } of running.values()) end.abort();
      await Promise.allSettled([...running.values()].map(({ done }) => done));
      running.clear();
    },
  };
}
