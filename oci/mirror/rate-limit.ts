import { type Clock, elapsedMs } from '../../contract/index.ts';

/** Undefined: go on. A promise: not before it resolves. */
export type RateLimit = (bytes: number) => Promise<void> | undefined;

/** Pauses shorter than this cost more than they even out. */
const shortestMs = 5;
/** What may pass at once after a quiet time, as part of a second's worth. */
const burst = 0.25;

/** A token bucket over everything that asks it. A piece may be larger than the bucket: the debt is waited for. */
export function createRateLimit(clock: Clock, bytesPerSecond: number, signal: AbortSignal): RateLimit {
  let tokens = bytesPerSecond * burst;
  let at = elapsedMs(clock);
  return (bytes) => {
    const now = elapsedMs(clock);
    tokens = Math.min(bytesPerSecond * burst, tokens + ((now - at) / 1000) * bytesPerSecond) - bytes;
    at = now;
    const waitMs = Math.ceil((-tokens / bytesPerSecond) * 1000);
    return waitMs < shortestMs ? undefined : clock.sleep(waitMs, signal);
  };
}
