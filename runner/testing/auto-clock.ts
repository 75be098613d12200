import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../contract/index.ts';

export type AutoClock = Clock & {
  set(iso: string): void;
  /** No sleep ends, until `go`. */
  hold(): void;
  go(): void;
};

/**
 * Time that passes by itself when everything else stands still: a sleep ends after some turns of the event loop, and the clock then shows it.
 * A test that looks in from outside while something is waited for holds it, or a slow machine lets the deadline pass first.
 */
export function createAutoClock(start = '2026-01-05T10:00:00.000Z'): AutoClock {
  let now = Date.parse(start);
  let held: { promise: Promise<void>; release: () => void } | null = null;
  return {
    now: () => new Date(now),
    set: (iso) => {
      now = Date.parse(iso);
    },
    hold: () => {
      let release = (): void => undefined;
      const promise = new Promise<void>((resolve) => {
        release = resolve;
      });
      held = { promise, release };
    },
    go: () => {
      held?.release();
      held = null;
    },
    sleep: async (ms, signal) => {
      for (let turn = 0; turn < 50; turn++) {
        signal?.throwIfAborted();
        await setImmediate();
      }
      if (held !== null) await until(held.promise, signal);
      signal?.throwIfAborted();
      now += ms;
    },
  };
}

/** Resolves with the promise or at the signal, whichever is first. */
function until(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return promise;
  if (signal.aborted) return Promise.resolve();
  return Promise.race([
    promise,
    new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
  ]);
}
