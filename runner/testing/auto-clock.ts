import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../contract/index.ts';

/** Time that passes by itself when everything else stands still: a sleep ends after some turns of the event loop, and the clock then shows it. */
export function createAutoClock(start = '2026-01-05T10:00:00.000Z'): Clock & { set(iso: string): void } {
  let now = Date.parse(start);
  return {
    now: () => new Date(now),
    set: (iso) => {
      now = Date.parse(iso);
    },
    sleep: async (ms, signal) => {
      for (let turn = 0; turn < 50; turn++) {
        signal?.throwIfAborted();
        await setImmediate();
      }
      signal?.throwIfAborted();
      now += ms;
    },
  };
}
