import { type Clock, elapsedMs, LandfallError, longestWaitSeconds } from '../../contract/index.ts';
import type { Backoff } from './backoff.ts';

/** `held`: the control plane was asked to wait for news. `digest` of what it answered; null: nothing new. */
export type Exchange = { held: boolean; tookMs: number; digest: string | null } | 'failed';

export type Pace = {
  /** How long to wait before the next request, in milliseconds. */
  after(exchange: Exchange): number;
};

/** So many requests may follow each other at once after a quiet time; then it is one a second, whatever they bring: each is a line of the ledger. */
const burst = 20;
const everyMs = 1_000;
/** Over sooner, and with nothing new: it was not held. */
const heldMs = 5_000;
/** One that is let go early is usual: so ends a control plane. */
const usual = 2;
/** No rarer than held requests are: this is how late news may be. */
const longestMs = longestWaitSeconds * 1_000;

/**
 * Held requests need no pause between them, as long as they are held. What stands in front of a control plane may drop `Prefer`, answer itself, or change ETags;
 * then it is asked at intervals. Told once (LF-RUNNER-072), until one was held again.
 */
export function createPace(options: {
  controlPlaneUrl: string;
  clock: Clock;
  backoff: Backoff;
  onHurried: (error: LandfallError) => void;
}): Pace {
  const { clock, backoff } = options;
  let credit = burst;
  let at = elapsedMs(clock);
  let newest: string | null = null;
  let idle = 0;
  let told = false;
  const debtMs = (): number => {
    const now = elapsedMs(clock);
    credit = Math.min(burst, credit + (now - at) / everyMs) - 1;
    at = now;
    return Math.max(0, Math.ceil(-credit * everyMs));
  };
  const tell = (): void => {
    if (told) return;
    told = true;
    const origin = new URL(options.controlPlaneUrl).origin;
    const message = `${origin} does not hold requests until there is news: it is asked at intervals, and news may be ${longestWaitSeconds} s late`;
    options.onHurried(new LandfallError('LF-RUNNER-072', message, { temporary: true }));
  };
  return {
    after: (exchange) => {
      const debt = debtMs();
      if (exchange === 'failed') return debt;
      const { held, tookMs, digest } = exchange;
      const news = digest !== null && digest !== newest;
      if (news) newest = digest;
      const long = held && tookMs >= heldMs;
      if (news || long) idle = 0;
      else if (held) idle++;
      if (long) told = false;
      if (debt > 0 || idle > usual) tell();
      return Math.max(debt, idle === 0 ? 0 : Math.min(longestMs, backoff(idle)));
    },
  };
}
