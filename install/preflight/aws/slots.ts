export type Slots = <T>(work: () => Promise<T>) => Promise<T>;

/** At most `count` at a time; the others wait in order. */
export function createSlots(count: number): Slots {
  const waiting: (() => void)[] = [];
  let free = count;
  return async (work) => {
    if (free > 0) free -= 1;
    else
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
      });
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      // Handed on, not given back: nobody can come in between.
      if (next === undefined) free += 1;
      else next();
    }
  };
}
