import { type Clock, LandfallError } from '../../contract/index.ts';

/** How long to stay away after the n-th failure in a row (n from 1), in milliseconds. */
export type Backoff = (failures: number) => number;

/** Doubles from `first` to `longest`, with full jitter in its upper half, so that many installs do not come back at once. */
export function jitteredBackoff(options: { first: number; longest: number; random: () => number }): Backoff {
  return (failures) => {
    const ceiling = Math.min(options.longest, options.first * 2 ** Math.min(failures - 1, 20));
    return Math.round(ceiling / 2 + (ceiling / 2) * options.random());
  };
}

/** Tries until it succeeds, the signal says stop, or an error comes that no waiting helps. */
export async function retrying<T>(
  options: { clock: Clock; backoff: Backoff; signal: AbortSignal; onWaiting: (error: LandfallError) => void },
  attempt: () => Promise<T>,
): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      options.signal.throwIfAborted();
      if (!(error instanceof LandfallError) || !error.temporary) throw error;
      options.onWaiting(error);
      await options.clock.sleep(options.backoff(failures), options.signal);
    }
  }
}
