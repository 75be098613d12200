import { expect, it } from 'vitest';
import { type Clock, sha256 } from '../../contract/index.ts';
import { createProgressCount } from './progress.ts';
import { createRateLimit } from './rate-limit.ts';

/** Somebody may set its time of day; what passes, passes by its pauses. */
function settableClock(): Clock & { setBy: number; pauses: number[] } {
  let elapsed = 0;
  const clock = {
    setBy: 0,
    pauses: Array.of<number>(),
    now: () => new Date(Date.UTC(2026, 0, 6) + elapsed + clock.setBy),
    elapsed: () => elapsed,
    sleep: async (ms: number) => {
      clock.pauses.push(ms);
      elapsed += ms;
    },
  };
  return clock;
}
const hours = 3_600_000;

it.each([-2 * hours, 2 * hours])('a rate stays as it is when the time of day is set by %d ms', async (setBy) => {
  const clock = settableClock();
  const rate = createRateLimit(clock, 1_000, new AbortController().signal);
  await rate(250); // What may pass at once.
  await rate(100);
  clock.setBy = setBy;
  await rate(100);
  await rate(100);
  expect(clock.pauses).toEqual([100, 100, 100]);
});

it('progress shows the bytes per second although the time of day is set back', async () => {
  const clock = settableClock();
  const progress = createProgressCount(clock, 1, undefined);
  const size = 5_000;
  const blob = progress.blob({ mediaType: 'x/y', digest: sha256('blob'), size });
  clock.setBy = -2 * hours;
  await clock.sleep(1_000);
  blob.moved(1_000, 1_000);
  expect(progress.now().bytesPerSecond).toBe(1_000);
});
