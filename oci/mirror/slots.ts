import { LandfallError } from '../../contract/index.ts';

/** So many at a time, first come first served. */
export type Slots = <T>(work: () => Promise<T>) => Promise<T>;

/** Whoever waits when `signal` is aborted gets LF-OCI-014, and nothing new begins after it. */
export function createSlots(count: number, signal: AbortSignal): Slots {
  let free = count;
  const waiting: (() => void)[] = [];
  // A slot goes from hand to hand: it is never free while somebody waits.
  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  };
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      if (signal.aborted) {
        throw new LandfallError('LF-OCI-014', 'A transfer was stopped before it began', {
          cause: signal.reason,
          temporary: true,
        });
      }
      return await work();
    } finally {
      leave();
    }
  };
}

/** All of them to their end, then the first failure in time. `onFailure` hears of it at once, so that it can stop the others. */
export async function together<T>(works: readonly Promise<T>[], onFailure: (error: unknown) => void): Promise<T[]> {
  let failure: { error: unknown } | undefined;
  const watched = works.map((work) =>
    work.catch((error: unknown) => {
      if (failure === undefined) {
        failure = { error };
        onFailure(error);
      }
    }),
  );
  await Promise.all(watched);
  if (failure !== undefined) throw failure.error;
  return Promise.all(works);
}
