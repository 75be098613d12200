import type { Verdict } from '../../policy/index.ts';
import type { Waiting } from '../../waits.ts';
import { type Denied, type Held, sameTarget, type TargetKey, type Transition } from '../memory/memory.ts';

/** Which release is in force in this pass, and which way the install moves. */
export type Stance =
  /** Nothing is wanted and nothing is there. */
  | { kind: 'idle' }
  /** The customer has paused the runner: nothing is changed, nothing is put back. */
  | { kind: 'suspended'; reason: string; message: string }
  /** The last good release is kept as it is. */
  | { kind: 'keep'; waiting: Waiting | null; denied: Denied | null }
  /** Nothing to keep, and nothing may be done now. */
  | { kind: 'hold'; waiting: Waiting | null; denied: Denied | null }
  | { kind: 'forward' }
  /** The release wanted has failed half-way, and its vendor wants people to decide: everything stays where it is. */
  | { kind: 'held'; held: Held }
  | { kind: 'back'; reason: string };

export type Situation = {
  target: TargetKey | null;
  lastGood: TargetKey | null;
  transition: Transition | null;
  denied: readonly Denied[];
  verdict: Verdict;
  /** Digests of failures after which the customer wants it tried again (see Held). */
  approved?: ReadonlySet<string>;
};

export function decideStance({ target, lastGood, transition, denied, verdict, approved }: Situation): Stance {
  if (verdict.kind === 'paused') return { kind: 'suspended', reason: verdict.reason, message: verdict.message };
  const stay = (waiting: Waiting | null, entry: Denied | null): Stance =>
    lastGood === null ? { kind: 'hold', waiting, denied: entry } : { kind: 'keep', waiting, denied: entry };

  if (target === null) return lastGood === null ? { kind: 'idle' } : stay(null, null);
  const entry = denied.find((item) => sameTarget(item.key, target)) ?? null;
  const movingBack = transition?.direction === 'back' && lastGood !== null;
  const wanted = sameTarget(target, lastGood);
  if (movingBack && (wanted || entry !== null || sameTarget(transition.to, target))) {
    return { kind: 'back', reason: transition.reason };
  }
  if (wanted) {
    // The release wanted was changed back while another one was under way.
    return transition === null ? stay(null, null) : { kind: 'back', reason: 'the last good release is wanted again' };
  }
  if (entry !== null) {
    if (transition !== null && lastGood !== null) return { kind: 'back', reason: entry.reason };
    return stay(null, entry);
  }
  const underway = sameTarget(transition?.to, target);
  const held = underway ? transition?.held : undefined;
  if (held !== undefined && approved?.has(held.digest) !== true) return { kind: 'held', held };
  if (verdict.kind === 'refuse') {
    return movingBack
      ? { kind: 'back', reason: transition.reason }
      : stay({ reason: verdict.reason, message: verdict.message, until: null }, null);
  }
  // A window that closes, a freeze that begins, an approval that is taken back: half a release is worse than a late one.
  if ((verdict.kind === 'wait' || verdict.kind === 'ask') && !underway) {
    if (movingBack) return { kind: 'back', reason: transition.reason };
    const { reason, message } = verdict;
    return verdict.kind === 'wait'
      ? stay({ reason, message, until: verdict.until }, null)
      : stay({ reason, message, until: null, details: verdict.details }, null);
  }
  return { kind: 'forward' };
}
