import { type Clock, LandfallError } from '../../contract/index.ts';

export type RetryOptions = {
  clock: Clock;
  /** Attempts in all. Default 5. */
  attempts?: number;
  /** Milliseconds before the second attempt; doubles, with jitter. Default 200. */
  firstDelayMs?: number;
  maxDelayMs?: number;
  random?: () => number;
};

/** Says how long the other side asked us to wait, in milliseconds. */
export const retryAfterDetail = 'retryAfterMs';

/** Repeats `attempt` while it fails with an error that says `temporary`. */
export async function withRetry<T>(
  options: RetryOptions,
  signal: AbortSignal | undefined,
  attempt: () => Promise<T>,
): Promise<T> {
  const { attempts = 5 } = options;
  for (let count = 1; ; count++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof LandfallError) || !error.temporary || count >= attempts || signal?.aborted === true)
        throw error;
      await pauseBefore(options, count, error, signal);
    }
  }
}

/** The pause after the `count`-th failure: as long as the other side asked for, else doubling with jitter. */
export async function pauseBefore(
  options: RetryOptions,
  count: number,
  error: LandfallError,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { firstDelayMs = 200, maxDelayMs = 20_000, random = Math.random } = options;
  const asked = error.details[retryAfterDetail];
  const backOff = Math.min(maxDelayMs, firstDelayMs * 2 ** (count - 1)) * (0.5 + random() / 2);
  await options.clock.sleep(typeof asked === 'number' ? Math.min(asked, maxDelayMs) : backOff, signal);
}

/** `Retry-After`: seconds or an HTTP date. */
export function parseRetryAfter(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,6}$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}
