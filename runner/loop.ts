import { type Clock, sleepUntil } from '../contract/index.ts';
import type { Kubernetes } from './kubernetes/index.ts';
import type { AcceptedState, PassResult } from './ports.ts';
import type { WatchedReconciler } from './reconcile/index.ts';
import { earlier } from './waits.ts';
import { createWatches } from './watches.ts';

export type LoopOptions = {
  reconciler: WatchedReconciler;
  kubernetes: Kubernetes;
  clock: Clock;
  /** After each pass, for logs and for what is done on every pass (the ending). */
  onPass?: (result: PassResult) => void;
};

export type Loop = {
  /** A newer verified state: it takes over at once, between two actions of the one under way. */
  accept(state: AcceptedState): void;
  /** Something that decisions rest on has changed (the policy): the pass under way ends its waits, and another one is made. */
  reconsider(): void;
  /** Another pass, after the one under way: something may have come due. */
  wake(): void;
  /** Makes passes until `stop`; rejects when the lease is lost. */
  run(stop: AbortSignal): Promise<void>;
};

/** Passes are made when woken: by a new state, a watched object, the policy, or the time a pass has named. Never on an interval. */
export function createLoop(options: LoopOptions): Loop {
  const { reconciler, clock } = options;
  let state: AcceptedState | null = null;
  let superseded = new AbortController();
  let rung = false;
  let ring: () => void = () => undefined;
  const wake = (): void => {
    rung = true;
    ring();
  };
  const supersede = (): void => {
    superseded.abort();
    wake();
  };
  /** Resolves when woken, when `until` has come, or when stopped; what was rung since the last pass began counts. */
  const woken = async (until: Date | null, stop: AbortSignal): Promise<void> => {
    if (rung || stop.aborted) return;
    const over = new AbortController();
    const bell = new Promise<void>((resolve) => {
      ring = resolve;
      stop.addEventListener('abort', () => resolve(), { once: true, signal: over.signal });
    });
    const timer = until === null ? [] : [sleepUntil(clock, until, over.signal).catch(() => undefined)];
    await Promise.race([bell, ...timer]);
    over.abort();
  };
  /** null: stopped in the middle, as asked. */
  const passUntil = async (now: AcceptedState, stop: AbortSignal): Promise<PassResult | null> => {
    try {
      return await reconciler.pass(now, { stop, superseded: superseded.signal });
    } catch (error) {
      if (stop.aborted) return null;
      throw error;
    }
  };
  return {
    accept: (next) => {
      state = next;
      supersede();
    },
    reconsider: supersede,
    wake,
    run: async (stop) => {
      const watches = createWatches(options.kubernetes, wake);
      try {
        while (!stop.aborted) {
          let until: Date | null = null;
          rung = false;
          superseded = new AbortController();
          if (state !== null) {
            const result = await passUntil(state, stop);
            if (result === null) break;
            options.onPass?.(result);
            watches.follow(reconciler.watchTargets());
            if (result.kind === 'superseded') continue;
            until = earlier(result.until ?? null, reconciler.wakeAt());
          }
          await woken(until, stop);
        }
      } finally {
        await watches.stop();
      }
    },
  };
}
