/** Milliseconds to wait before attempt `failures + 1`: 1 s doubling to 60 s, with up to a fifth of jitter so that many runners do not come at once. */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  const base = Math.min(1000 * 2 ** Math.min(failures - 1, 10), 60_000);
  return Math.round(base * (0.8 + 0.2 * random()));
}
