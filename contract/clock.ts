/** Time comes in as an argument, so that a test can stand still. */
export type Clock = {
  /** The time of day. Somebody may set it, forward and back: never measure with it (elapsedMs). */
  now(): Date;
  /** Milliseconds that only grow, whatever is done to the time of day. A clock that nobody can set (a test's own) needs none. */
  elapsed?(): number;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
};

/** The longest that a timer of Node.js takes: one more millisecond and it goes off at once. */
const longestTimerMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => new Date(),
  elapsed: () => performance.now(),
  sleep: async (ms, signal) => {
    let left = ms;
    for (; left > longestTimerMs; left -= longestTimerMs) await nap(longestTimerMs, signal);
    return nap(left, signal);
  },
};

function nap(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason);
      return;
    }
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** For how long something has taken, and how long ago it was: the difference of two of these. */
export function elapsedMs(clock: Clock): number {
  return clock.elapsed?.() ?? clock.now().getTime();
}

/**
 * How far apart an instant that was written down and now are, in milliseconds. One that lies ahead was written before the clock was set back, so
 * how long ago it was is not known: it counts as that far away. Hence a rest is never more than twice as long for it (a clock that was years ahead
 * ends it), and a clock that is set back by a little ends none.
 */
export function apartMs(instant: string, now: Date): number {
  return Math.abs(now.getTime() - Date.parse(instant));
}

/** How far the clocks of two machines may be apart before one of them is not believed, in seconds. */
export const clockSkewSeconds = 60;

/** How late it may be noticed that somebody has set the clock: whoever waits for a time of day looks again whether it is time. */
export const lookAgainMs = 60_000;

/**
 * Until that time of day, or until as long has passed as it was away when this began, whichever is first: a clock that is set forward does not keep
 * anything sleeping over its time, and one that is set back makes no short pause a long one. Whoever waits looks again whether it is time.
 */
export async function sleepUntil(clock: Clock, at: Date, signal?: AbortSignal): Promise<void> {
  let left = at.getTime() - clock.now().getTime();
  do {
    const part = Math.max(0, Math.min(left, lookAgainMs));
    await clock.sleep(part, signal);
    left = Math.min(left - part, at.getTime() - clock.now().getTime());
  } while (left > 0);
}
