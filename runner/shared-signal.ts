import { setMaxListeners } from 'node:events';

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
