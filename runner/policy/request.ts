import type { RunnerPolicy } from '../../contract/index.ts';
import { calendarState } from './calendar.ts';

/** Why the customer's limits refuse a one-off wish of the control plane, or null. Windows are for changes of release: they do not count here. */
export function requestForbidden(policy: RunnerPolicy, verb: string, now: Date): string | null {
  if (policy.paused) return "the customer's policy is paused";
  const needed = verb === 'restart' ? 'restart' : 'action';
  if (policy.allowedVerbs?.includes(needed) === false) return `the customer's policy does not allow the verb ${needed}`;
  try {
    const state = calendarState({ windows: [], freezes: policy.freezes }, [], now);
    return state.open ? null : "the customer's policy has a freeze";
  } catch {
    return "the customer's policy names a time zone that this runner does not know";
  }
}
