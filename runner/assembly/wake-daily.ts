import type { Clock } from '../../contract/index.ts';

const dayMs = 24 * 3_600_000;

/** Once a day, where nothing else happens: what comes due by the time alone (is everything still in the mirror?) is looked at in a pass. */
export async function wakeDaily(clock: Clock, wake: () => void, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    await clock.sleep(dayMs, stop).catch(() => undefined); // Only `stop` ends a sleep early.
    if (!stop.aborted) wake();
  }
}
