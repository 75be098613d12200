import type { Kubernetes, Observation, ObserveOptions } from '../kubernetes/index.ts';

export type LateWatches = {
  kubernetes: Kubernetes;
  /** From now on watches tell nothing, until `go`. */
  hold(): void;
  /** Everything that was held back is told, in order. */
  go(): void;
  /** Every watch breaks with this error; the next list comes with `go`. */
  break(error: unknown): void;
  /** Watches opened so far. */
  opened(): number;
};

/** An API server whose watches lag behind what is so: for tests of whoever believes them. */
export function createLateWatches(kubernetes: Kubernetes): LateWatches {
  let held: { promise: Promise<void>; release: () => void } | null = null;
  let opened = 0;
  const breaks = new Set<(error: unknown) => void>();
  const hold = (): void => {
    if (held !== null) return;
    let release = (): void => undefined;
    const promise = new Promise<void>((resolve) => {
      release = resolve;
    });
    held = { promise, release };
  };
  async function* observe(options: ObserveOptions, signal: AbortSignal): AsyncGenerator<Observation> {
    opened += 1;
    while (!signal.aborted) {
      const broken = new AbortController();
      const onBreak = (error: unknown): void => {
        options.onBroken?.(error);
        broken.abort();
      };
      breaks.add(onBreak);
      for await (const seen of kubernetes.observe(options, AbortSignal.any([signal, broken.signal]))) {
        if (held !== null) await held.promise;
        if (broken.signal.aborted) break;
        yield seen;
      }
      breaks.delete(onBreak);
    }
  }
  return {
    kubernetes: { ...kubernetes, observe },
    hold,
    go: () => {
      held?.release();
      held = null;
    },
    break: (error) => {
      hold();
      for (const onBreak of breaks) onBreak(error);
    },
    opened: () => opened,
  };
}
