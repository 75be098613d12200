import type { Clock } from '../../contract/index.ts';

/** What rings between two waits is not lost. */
export type Bell = {
  ring(): void;
  /** What was rung so far is answered. */
  answered(): void;
  /** Resolves when rung since it was answered, when `until` has come, or when stopped. */
  heard(until: number | null, stop: AbortSignal): Promise<void>;
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
    heard: async (until, stop) => {
      if (rung || stop.aborted) return;
      const over = new AbortController();
      const bell = new Promise<void>((resolve) => {
        wake = resolve;
        stop.addEventListener('abort', () => resolve(), { once: true, signal: over.signal });
      });
      const ended = AbortSignal.any([over.signal, stop]);
      const pause = Math.max(0, (until ?? 0) - clock.now().getTime());
      await Promise.race([bell, ...(until === null ? [] : [clock.sleep(pause, ended).catch(() => undefined)])]);
      over.abort();
    },
  };
}
