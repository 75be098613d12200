import * as z from 'zod';
import { apartMs, instantSchema } from '../../contract/index.ts';

/** What others have changed of one object. `object`: its kind, namespace and name; `fields`: JSON pointers. */
export type Change = { object: string; fields: readonly string[] };

/** A field that somebody else changes again each time it is set back: whoever it is works against the release, and is not fought for ever. */
export const contestSchema = z.object({
  object: z.string().max(400),
  field: z.string().max(500),
  since: instantSchema,
});
export type Contest = z.infer<typeof contestSchema>;

/** Stands for a field where the whole object was deleted: no JSON pointer is like it. */
export const deleted = 'deleted';

/** How often one field is set back within the window. */
export const mostCorrections = 5;

/** When a field was set back lately. Remembered, so that a runner that starts again and again does not count anew each time. */
export const correctedSchema = z.object({
  object: z.string().max(400),
  field: z.string().max(500),
  at: z.array(instantSchema).max(mostCorrections),
});
export type Corrected = z.infer<typeof correctedSchema>;

export const correctionWindowMs = 10 * 60_000;
/** For so long a contested field is left as it is; then it is tried again, as often as before. */
export const contestRestMs = 24 * 3_600_000;
/** And a deleted object: it may be all that serves, so it comes back soon after whoever deletes it has stopped. */
export const deletedRestMs = 10 * 60_000;
/** What is remembered of one component at most. */
const mostContests = 100;
export const mostCorrected = 1000;

/**
 * What is contested now, of what is changed now. What is as it should be again is contested no more; and after its rest a field is set back again.
 * Pure.
 */
export function contestsNow(situation: {
  changes: readonly Change[];
  before: readonly Contest[];
  corrected: readonly Corrected[];
  now: Date;
}): Contest[] {
  const { changes, before, corrected, now } = situation;
  const known = new Map(before.map((contest) => [keyOf(contest.object, contest.field), contest]));
  const counted = new Map(corrected.map((each) => [keyOf(each.object, each.field), lately(each, now)]));
  const all = changes.flatMap(({ object, fields }) =>
    fields.flatMap((field): Contest[] => {
      const key = keyOf(object, field);
      const contest = known.get(key);
      if (contest !== undefined && apartMs(contest.since, now) < restMsOf(field)) return [contest];
      // Before its rest began; a rest longer than the window makes it count anew.
      const often = (counted.get(key)?.length ?? 0) >= mostCorrections;
      return often ? [{ object: object.slice(0, 400), field: field.slice(0, 500), since: now.toISOString() }] : [];
    }),
  );
  return all.slice(0, mostContests);
}

/** Of each change what may be set back. */
export function uncontested<T extends Change>(changes: readonly T[], contests: readonly Contest[]): T[] {
  const contested = new Set(contests.map(({ object, field }) => keyOf(object, field)));
  return changes.filter(({ object, fields }) => fields.some((field) => !contested.has(keyOf(object, field))));
}

/** These are set back now. What was set back longer ago than the window is forgotten. Pure. */
export function withCorrections(before: readonly Corrected[], changes: readonly Change[], now: Date): Corrected[] {
  const counted = new Map(before.map((each) => [keyOf(each.object, each.field), { ...each, at: lately(each, now) }]));
  for (const { object, fields } of changes) {
    for (const field of fields) {
      const key = keyOf(object, field);
      const at = [...(counted.get(key)?.at ?? []), now.toISOString()].slice(-mostCorrections);
      counted.delete(key);
      counted.set(key, { object: object.slice(0, 400), field: field.slice(0, 500), at });
    }
  }
  return [...counted.values()].filter(({ at }) => at.length > 0).slice(-mostCorrected);
}

/** When the first rest is over; null: nothing is contested. */
export function restUntil(contests: readonly Contest[]): Date | null {
  const times = contests.map(({ since, field }) => Date.parse(since) + restMsOf(field));
  return times.length === 0 ? null : new Date(Math.min(...times));
}

/** Names of objects and fields; never a value. */
export function describeContests(contests: readonly Contest[]): string {
  const named = contests.slice(0, 5).map(({ object, field }) => `${object} (${field})`);
  const more = contests.length - named.length;
  const rest = contests.every(({ field }) => field === deleted) ? `${deletedRestMs / 60_000} minutes` : 'a day';
  return `set back ${mostCorrections} times in ${correctionWindowMs / 60_000} minutes, and changed by somebody again each time: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}. It is left as it is for ${rest}`;
}

function restMsOf(field: string): number {
  return field === deleted ? deletedRestMs : contestRestMs;
}

function lately({ at }: Corrected, now: Date): string[] {
  return at.filter((each) => apartMs(each, now) < correctionWindowMs);
}

function keyOf(object: string, field: string): string {
  return `${object.slice(0, 400)} ${field.slice(0, 500)}`;
}
