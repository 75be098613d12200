import { getMaxListeners, setMaxListeners } from 'node:events';

/**
 * Each part of the runner listens to it for as long as it runs, and so does what they have under way, each until it is done: a dozen parts, 32
 * components and 8 entities at most, with a few requests, children and pauses of each. More than this is a leak, and Node.js says so.
 */
const mostListeners = 300;

/** One signal for many that run side by side: aborted when any of these is. */
export function sharedSignal(...signals: AbortSignal[]): AbortSignal {
  const shared = AbortSignal.any(signals);
  setMaxListeners(mostListeners, shared);
  return shared;
}

export type BriefSignal = { signal: AbortSignal; release: () => void };

/**
 * For what is over sooner than those it is under: aborted when any of these is, until it is released. One of AbortSignal.any is remembered by each
 * of them for as long as they live (Node.js 20), which for the runner's own is a leak with every call.
 */
export function briefSignal(...given: (AbortSignal | undefined)[]): BriefSignal {
  const signals = given.filter((signal) => signal !== undefined);
  const brief = new AbortController();
  const follow = ({ target }: Event): void => {
    if (target instanceof AbortSignal) brief.abort(target.reason);
  };
  for (const signal of signals) {
    if (signal.aborted) brief.abort(signal.reason);
    setMaxListeners(Math.max(mostListeners, getMaxListeners(signal)), signal);
    signal.addEventListener('abort', follow);
  }
  const release = (): void => {
    for (const signal of signals) signal.removeEventListener('abort', follow);
  };
  return { signal: brief.signal, release };
}
