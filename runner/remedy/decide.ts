import { apartMs, type RemedyRules, type RunnerPolicy } from '../../contract/index.ts';
import { type Attempt, keyOf, type Trouble, troubleKinds } from './trouble.ts';

/** In one install and hour, whatever the components' own settings say: a cluster that is ill as a whole is no business of remedies. */
export const mostPerHour = 10;
/** What is remembered at most; the oldest is let go. */
const mostAttempts = 500;
const hourMs = 3_600_000;

export type Remedy = { trouble: Trouble; nth: number; most: number };
export type RemedyDecision = {
  act: Remedy[];
  /** What is to be remembered before anything is done. */
  attempts: Attempt[];
  /** Troubles that stay after all that may be tried; `isNew`: nobody was told yet. */
  exhausted: { trouble: Trouble; isNew: boolean }[];
  /** When the time alone changes it; null: never. */
  until: Date | null;
};

export function decideRemedies(situation: {
  troubles: readonly Trouble[];
  attempts: readonly Attempt[];
  /** Of a component; null: it has none. */
  rulesOf: (component: string) => RemedyRules | null;
  /** Why nothing may be done now, or null. */
  forbidden: string | null;
  now: Date;
}): RemedyDecision {
  const { rulesOf, forbidden, now } = situation;
  const at = now.getTime();
  const troubles = inOrder(situation.troubles.filter((trouble) => isWanted(trouble, rulesOf(trouble.component))));
  const there = new Map(troubles.map((trouble) => [keyOf(trouble), trouble]));
  const known = new Map(
    situation.attempts.flatMap((attempt): [string, Attempt][] => {
      const seen = remembered(attempt, there.get(attempt.key), rulesOf, now);
      return seen === null ? [] : [[seen.key, seen]];
    }),
  );
  const act: Remedy[] = [];
  const exhausted: RemedyDecision['exhausted'] = [];
  const times: number[] = [];
  const recent = (): number => [...known.values()].filter(({ lastAt }) => apartMs(lastAt, now) < hourMs).length;
  for (const [key, trouble] of there) {
    const rules = rulesOf(trouble.component);
    if (rules === null) continue;
    const before = known.get(key);
    // The last remedy gets its window, too, before it is given up.
    if (before !== undefined && apartMs(before.lastAt, now) < rules.windowSeconds * 1000) {
      times.push(Date.parse(before.lastAt) + rules.windowSeconds * 1000);
      continue;
    }
    if (before !== undefined && before.count >= rules.most) {
      exhausted.push({ trouble, isNew: !before.told });
      known.set(key, { ...before, told: true });
      continue;
    }
    if (forbidden !== null) continue;
    if (recent() >= mostPerHour) {
      times.push(at + hourMs);
      continue;
    }
    const nth = (before?.count ?? 0) + 1;
    act.push({ trouble, nth, most: rules.most });
    known.set(key, { key, count: nth, lastAt: now.toISOString(), quietSince: null, told: false });
    times.push(at + rules.windowSeconds * 1000);
  }
  const attempts = [...known.values()].slice(-mostAttempts);
  return { act, attempts, exhausted, until: times.length === 0 ? null : new Date(Math.min(...times)) };
}

/** The customer's word on remedies: all of them restart something. */
export function remediesForbidden(policy: RunnerPolicy): string | null {
  if (policy.paused) return "the customer's policy pauses the runner";
  if (policy.remedies === 'off') return "the customer's policy switches remedies off";
  if (policy.allowedVerbs?.includes('restart') === false)
    return "the customer's policy does not allow the verb restart";
  return null;
}

/** Once the trouble has been away for a whole window it counts anew. */
function remembered(
  attempt: Attempt,
  trouble: Trouble | undefined,
  rulesOf: (component: string) => RemedyRules | null,
  now: Date,
): Attempt | null {
  const component = attempt.key.split(' ')[1] ?? '';
  const windowMs = (rulesOf(component)?.windowSeconds ?? 0) * 1000;
  const quiet = attempt.quietSince !== null && apartMs(attempt.quietSince, now) >= windowMs;
  if (quiet || rulesOf(component) === null) return null;
  if (trouble !== undefined) return { ...attempt, quietSince: null };
  return { ...attempt, quietSince: attempt.quietSince ?? now.toISOString() };
}

function isWanted({ kind }: Trouble, rules: RemedyRules | null): boolean {
  if (rules === null) return false;
  if (kind === 'crash-loop') return rules.restartPods;
  return kind === 'failed-job' ? rules.rerunJobs : rules.recycleAttachments;
}

/** By kind, then by name; of each workload the first pod alone. */
function inOrder(troubles: readonly Trouble[]): Trouble[] {
  const rank = ({ kind }: Trouble): number => troubleKinds.indexOf(kind);
  const sorted = [...troubles].sort(
    (a, b) => rank(a) - rank(b) || compare(keyOf(a), keyOf(b)) || compare(a.object.name, b.object.name),
  );
  return sorted.filter((trouble, i) => sorted.findIndex((other) => keyOf(other) === keyOf(trouble)) === i);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
