import type { Seen } from './seen.ts';

export type Status = 'pass' | 'warn' | 'fail' | 'not-visible';

/** One thing looked at: what there is, what an install needs, and what to do about the difference. */
export type CheckResult = {
  id: string;
  title: string;
  status: Status;
  found: string;
  needed: string;
  /** Why an install needs it. */
  why: string;
  /** What to do; empty when nothing is. */
  remedy: string;
  /** The AWS calls that it rests on. */
  calls: readonly string[];
};

export type About = Pick<CheckResult, 'id' | 'title' | 'needed' | 'why'>;
export type Verdict = { status: Status; found: string; remedy?: string };

/** Decides over a fact; a fact that could not be seen is `not-visible`, never `pass`. */
export function judge<T>(about: About, fact: Seen<T>, decide: (value: T) => Verdict): CheckResult {
  if (fact.seen) return result(about, fact.calls, decide(fact.value));
  const refused = /AccessDenied|Unauthorized|not authorized/i.test(fact.why);
  const remedy = refused
    ? `Allow the caller ${[...new Set(fact.calls)].join(', ')}, or have somebody look who may.`
    : 'Try again; when it stays so, look by hand.';
  return result(about, fact.calls, { status: 'not-visible', found: fact.why, remedy });
}

export function pass(found: string): Verdict {
  return { status: 'pass', found };
}

export function warn(found: string, remedy: string): Verdict {
  return { status: 'warn', found, remedy };
}

export function fail(found: string, remedy: string): Verdict {
  return { status: 'fail', found, remedy };
}

export function notVisible(found: string, remedy: string): Verdict {
  return { status: 'not-visible', found, remedy };
}

function result(about: About, calls: readonly string[], verdict: Verdict): CheckResult {
  const { status, found, remedy = '' } = verdict;
  const { id, title, needed, why } = about;
  return { id, title, status, found, needed, why, remedy, calls: [...new Set(calls)] };
}

export const preflightExit = { pass: 0, fail: 1, notVisible: 2 } as const;

/** 0: an install can begin (warnings included). 1: something fails. 2: nothing fails, but something could not be seen. */
export function exitCodeOf(checks: readonly Pick<CheckResult, 'status'>[]): 0 | 1 | 2 {
  if (checks.some(({ status }) => status === 'fail')) return preflightExit.fail;
  return checks.some(({ status }) => status === 'not-visible') ? preflightExit.notVisible : preflightExit.pass;
}
