import type { Clock } from '../../contract/index.ts';

/** A clock that stands still until it is moved: no timer behind it ever fires. */
export type FrozenClock = Clock & {
  advance(ms: number): void;
  /** Sleepers now waiting. */
  readonly sleepers: number;
};

export function frozenClock(start = '2026-01-31T12:00:00.000Z'): FrozenClock {
  let now = new Date(start).getTime();
  const waiting = new Set<{ at: number; wake: () => void }>();
  return {
    now: () => new Date(now),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) {
          reject(signal.reason);
          return;
        }
        const sleeper = { at: now + ms, wake: resolve };
        waiting.add(sleeper);
        signal?.addEventListener('abort', () => {
          waiting.delete(sleeper);
          reject(signal.reason);
        });
      }),
    advance: (ms) => {
      now += ms;
      for (const sleeper of waiting) {
        if (sleeper.at > now) continue;
        waiting.delete(sleeper);
        sleeper.wake();
      }
    },
    get sleepers() {
      return waiting.size;
    },
  };
}
