import { type Clock, lookAgainMs } from '../../contract/index.ts';

/** What rings between two waits is not lost. */
export type Bell = {
  ring(): void;
  /** What was rung so far is answered. */
  answered(): void;
  /** Resolves when rung since it was answered, when so many milliseconds have passed (a minute at most), or when stopped. */
  heard(forMs: number | null, stop: AbortSignal): Promise<void>;
};

export function createBell(clock: Clock): Bell {
  let rung = false;
  let wake: () => void = () => undefined;
  return {
    ring: () => {
      rung = true;
      wake();
    },
    answered: () => {
      rung = false;
    },
    heard: async (forMs, stop) => {
      if (rung || stop.aborted) return;
      const over = new AbortController();
      const bell = new Promise<void>((resolve) => {
        wake = resolve;
        stop.addEventListener('abort', () => resolve(), { once: true, signal: over.signal });
      });
      const timer =
        forMs === null ? [] : [clock.sleep(Math.min(forMs, lookAgainMs), over.signal).catch(() => undefined)];
      await Promise.race([bell, ...timer]);
      over.abort();
    },
  };
}
