import type { Kubernetes } from './kubernetes/index.ts';
import type { WatchTarget } from './reconcile/index.ts';

export type Watches = {
  /** Starts what is new, ends what is no longer asked for. */
  follow(targets: readonly WatchTarget[]): void;
  stop(): Promise<void>;
};

/** One watch per kind and namespace. Also the first list counts as a change: something may have changed between a pass's look and the watch. */
export function createWatches(kubernetes: Kubernetes, onChange: (what: string) => void): Watches {
  const running = new Map<string, { end: AbortController; done: Promise<void> }>();
  const watch = async (target: WatchTarget, signal: AbortSignal): Promise<void> => {
    for await (const seen of kubernetes.observe(target, signal)) {
      onChange(seen.type === 'listed' ? target.kind : `${target.kind} ${seen.event.object.metadata.name}`);
    }
  };
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
