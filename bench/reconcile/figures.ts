import { medianOf } from '../measure.ts';

/** The median of the ratios round by round: what made one of a pair slow made the other slow. */
export function ratio<K extends string>(
  ours: readonly Partial<Record<K, number>>[],
  theirs: readonly Partial<Record<K, number>>[],
  figure: K,
): number {
  return medianOf(ours.map((run, round) => (run[figure] ?? Number.NaN) / (theirs[round]?.[figure] ?? Number.NaN)));
}

/** The smallest of the numbers that so large a part of them does not exceed. */
export function percentile(numbers: readonly number[], part: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
}

/** `held` or `NOT held`, with the number that says so. */
export function verdict(what: string, value: number, limit: number, unit = ''): string {
  const shown = (number: number): string => `${Math.round(number * 1000) / 1000}${unit}`;
  return `${what}: ${shown(value)}, wanted less than ${shown(limit)}: ${value < limit ? 'held' : 'NOT held'}`;
}
