import type { HealthRules } from '../../contract/index.ts';
import { failed, type Health } from './health.ts';

/** Milliseconds since the epoch, all of them. */
export type Kept = {
  /** What people are told. */
  told: Health;
  /** Since when it has been seen otherwise than told; null: it is as told. */
  otherwiseSince: number | null;
  /** Since when it has not been healthy; null: it is. */
  unhealthySince: number | null;
  /** When the time alone changes what is told; null: never. */
  until: number | null;
};

type Rules = Pick<HealthRules, 'timeoutSeconds' | 'unhealthyAfterSeconds' | 'healthyAfterSeconds'>;

/**
 * What is told of a component that is being kept: what is seen must hold for a while before it is told, so that flapping is not told back and
 * forth. Not healthy for as long as a release may take to get healthy is an error. `before` null: nothing is told yet, or what was told is void.
 */
export function debounce(before: Kept | null, now: Health, at: number, rules: Rules): Kept {
  // A clock that was set back does not make anything older than now.
  const since = (earlier: number | null | undefined): number => Math.min(earlier ?? at, at);
  const unhealthySince = now.state === 'healthy' ? null : since(before?.unhealthySince);
  const errorAt =
    now.state === 'progressing' && unhealthySince !== null ? unhealthySince + rules.timeoutSeconds * 1000 : null;
  const late = errorAt !== null && at >= errorAt;
  const seen =
    late && now.state === 'progressing' ? failed(`not healthy for ${rules.timeoutSeconds} s: ${now.message}`) : now;
  const laterError = late ? null : errorAt;
  if (before === null || before.told.state === seen.state)
    return { told: seen, otherwiseSince: null, unhealthySince, until: laterError };
  const otherwiseSince = since(before.otherwiseSince);
  const dueAt = otherwiseSince + holdMs(before.told, seen, rules);
  if (at >= dueAt) return { told: seen, otherwiseSince: null, unhealthySince, until: laterError };
  return { told: before.told, otherwiseSince, unhealthySince, until: Math.min(dueAt, laterError ?? dueAt) };
}

/** From one trouble to another there is nothing to wait for. */
function holdMs(told: Health, seen: Health, rules: Rules): number {
  if (told.state === 'healthy') return rules.unhealthyAfterSeconds * 1000;
  return seen.state === 'healthy' ? rules.healthyAfterSeconds * 1000 : 0;
}
