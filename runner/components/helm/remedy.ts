import * as z from 'zod';
import { instantSchema } from '../../../contract/index.ts';

/** A chart with its values that has failed here, in one release wanted. It is not tried again unasked: another release, or other values, ask. */
export const failedPairSchema = z.object({
  fingerprint: z.string(),
  /** Of the release and its inputs. */
  release: z.string(),
  attempts: z.number().int(),
  /** Before this it is not tried again. */
  until: instantSchema,
  /** When it failed last. */
  at: instantSchema.optional(),
  reason: z.string().max(1000),
});
export type FailedPair = z.infer<typeof failedPairSchema>;

export type Pair = { fingerprint: string; release: string };

const mostRemembered = 20;

export type Try =
  | { kind: 'go' }
  /** There are tries left, and it is too early for the next one. */
  | { kind: 'wait'; until: Date; reason: string; next: number }
  | { kind: 'given-up'; reason: string };

export function decideTry(failed: readonly FailedPair[], pair: Pair, retries: number, now: Date): Try {
  const before = find(failed, pair);
  if (before === undefined) return { kind: 'go' };
  if (before.attempts > retries) return { kind: 'given-up', reason: before.reason };
  const until = new Date(before.until);
  // A clock that was set back does not make a pause longer than it was.
  const setBack = before.at !== undefined && new Date(before.at) > now;
  if (until <= now || setBack) return { kind: 'go' };
  return { kind: 'wait', until, reason: before.reason, next: before.attempts + 1 };
}

/** `worthwhile` false: it would fail in the same way again, so all tries are taken as made. */
export function afterFailure(
  failed: readonly FailedPair[],
  pair: Pair,
  what: { reason: string; retries: number; worthwhile: boolean; now: Date; backoff: (failures: number) => number },
): FailedPair[] {
  const made = (find(failed, pair)?.attempts ?? 0) + 1;
  const attempts = what.worthwhile ? made : Math.max(made, what.retries + 1);
  const until = new Date(what.now.getTime() + what.backoff(attempts)).toISOString();
  const entry = { ...pair, attempts, until, at: what.now.toISOString(), reason: what.reason.slice(0, 1000) };
  return [...failed.filter((each) => !isSame(each, pair)), entry].slice(-mostRemembered);
}

/** It works: what was counted before does not count any more. */
export function afterSuccess(failed: readonly FailedPair[], pair: Pair): FailedPair[] {
  return failed.filter((each) => !isSame(each, pair));
}

function find(failed: readonly FailedPair[], pair: Pair): FailedPair | undefined {
  return failed.find((each) => isSame(each, pair));
}

function isSame(a: Pair, b: Pair): boolean {
  return a.fingerprint === b.fingerprint && a.release === b.release;
}
