import { type Clock, elapsedMs, LandfallError } from '../../contract/index.ts';

export type RetryOptions = {
  clock: Clock;
  /** Attempts in all. Default 5. */
  attempts?: number;
  /** Milliseconds before the second attempt; doubles, with jitter. Default 200. */
  firstDelayMs?: number;
  maxDelayMs?: number;
  random?: () => number;
  /** What all calls to this host share. Absent: each call is on its own. */
  host?: HostPatience;
};

/** One call that is told to wait makes the others wait too, and a host that keeps failing is not asked again for each of a thousand things. */
export type HostPatience = {
  /** As elapsedMs has it: nothing is sent before. */
  pausedUntil: number;
  /** Repeats that are left. An answer gives a part of one back. */
  repeats: number;
};

const mostRepeats = 100;
const repeatsPerAnswer = 0.1;

export function createHostPatience(): HostPatience {
  return { pausedUntil: 0, repeats: mostRepeats };
}

/** Says how long the other side asked us to wait, in milliseconds. */
export const retryAfterDetail = 'retryAfterMs';

/**
 * Repeats `attempt` while it fails with an error that says `temporary`. One that finds that the one before had `progressed` is the
 * first of a new row: only so many in a row are borne that brought nothing.
 */
export async function withRetry<T>(
  options: RetryOptions,
  signal: AbortSignal | undefined,
  attempt: (progressed: () => void) => Promise<T>,
): Promise<T> {
  const { attempts = 5, host } = options;
  let count = 1;
  const progressed = (): void => {
    count = 1;
    if (host !== undefined) host.repeats = Math.min(mostRepeats, host.repeats + 1);
  };
  for (; ; count++) {
    try {
      if (host !== undefined && host.pausedUntil !== 0) await waitForHost(options, signal);
      const answer = await attempt(progressed);
      if (host !== undefined) host.repeats = Math.min(mostRepeats, host.repeats + repeatsPerAnswer);
      return answer;
    } catch (error) {
      if (!(error instanceof LandfallError) || !error.temporary || count >= attempts || signal?.aborted === true)
        throw error;
      if (host !== undefined && host.repeats < 1) throw error;
      if (host !== undefined) host.repeats--;
      await pauseBefore(options, count, error, signal);
    }
  }
}

/** Another call may have been told to wait meanwhile. */
async function waitForHost({ clock, host }: RetryOptions, signal: AbortSignal | undefined): Promise<void> {
  if (host === undefined || host.pausedUntil === 0) return;
  const until = host.pausedUntil;
  const left = until - elapsedMs(clock);
  if (left > 0) await pause(clock, left, signal);
  // Over, for all, unless the host asked for more meanwhile.
  if (host.pausedUntil === until) host.pausedUntil = 0;
}

async function pause(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  await clock.sleep(ms, signal).catch((cause: unknown) => {
    throw new LandfallError('LF-OCI-014', 'A pause before another attempt was stopped by its caller', {
      cause,
      temporary: true,
    });
  });
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
  const pauseMs = typeof asked === 'number' ? Math.min(asked, maxDelayMs) : backOff;
  const { clock, host } = options;
  if (typeof asked !== 'number' || host === undefined) return pause(clock, pauseMs, signal);
  host.pausedUntil = Math.max(host.pausedUntil, elapsedMs(clock) + pauseMs);
  return waitForHost(options, signal);
}

/** `Retry-After`: seconds or an HTTP date. */
export function parseRetryAfter(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,6}$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}
