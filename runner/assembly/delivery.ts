import type { Clock } from '../../contract/index.ts';
import type { Backoff } from '../channel/backoff.ts';

/** Something that is sent whenever there is something new, and again until it has arrived. */
export type Delivery = {
  /** There may be something to send. */
  changed(): void;
  /** The other side has just answered somebody: do not wait out the back-off. */
  nudge(): void;
  /** Runs until the signal says stop. */
  run(signal: AbortSignal): Promise<void>;
};

export type DeliveryOptions = {
  /** Sends what is there; false when there was nothing. */
  attempt: (signal: AbortSignal) => Promise<boolean>;
  clock: Clock;
  backoff: Backoff;
  onTrouble: (error: unknown) => void;
};

/** Woken by `changed`, never by time; only after a failure does it wait. */
export function createDelivery(options: DeliveryOptions): Delivery {
  let dirty = true;
  let wake: () => void = () => undefined;
  let nudged = new AbortController();
  const changed = (): void => {
    dirty = true;
    wake();
  };
  return {
    changed,
    nudge: () => nudged.abort(),
    run: async (signal) => {
      signal.addEventListener('abort', () => wake(), { once: true });
      let failures = 0;
      while (!signal.aborted) {
        if (!dirty) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          continue;
        }
        dirty = false;
        try {
          if (await options.attempt(signal)) dirty = true;
          failures = 0;
        } catch (error) {
          if (signal.aborted) return;
          dirty = true;
          failures++;
          options.onTrouble(error);
          nudged = new AbortController();
          const waitFor = AbortSignal.any([signal, nudged.signal]);
          await options.clock.sleep(options.backoff(failures), waitFor).catch(() => undefined);
        }
      }
    },
  };
}
