import type { RunnerPolicy } from '../../contract/index.ts';
import { windowState } from './windows.ts';

export type ChangeAsked = { kinds: readonly string[]; registry: string; pinnedRegistry: string };

export type Verdict =
  | { kind: 'go' }
  | { kind: 'paused'; message: string }
  /** The time itself will change it. */
  | { kind: 'wait'; until: Date; message: string }
  /** Only the customer or another release will change it. */
  | { kind: 'refuse'; reason: 'KindNotAllowed' | 'RegistryNotAllowed' | 'PolicyUnusable'; message: string };

/** The customer's limits on one change of release. What it cannot understand, it refuses. */
export function judge(policy: RunnerPolicy, asked: ChangeAsked, now: Date): Verdict {
  if (policy.paused) return { kind: 'paused', message: "the customer's policy pauses the runner" };
  const kinds = asked.kinds.filter((kind) => policy.allowedKinds?.includes(kind) === false);
  if (kinds.length > 0) {
    const message = `the customer's policy does not allow components of kind ${kinds.join(', ')}`;
    return { kind: 'refuse', reason: 'KindNotAllowed', message };
  }
  const registries = policy.allowedRegistries ?? [asked.pinnedRegistry];
  if (!registries.includes(asked.registry)) {
    const message = `the customer's policy does not allow releases from ${asked.registry}`;
    return { kind: 'refuse', reason: 'RegistryNotAllowed', message };
  }
  try {
    const window = windowState(policy.windows, now);
    if (window.open) return { kind: 'go' };
    const message = `outside the customer's maintenance windows; the next one opens at ${window.opensAt.toISOString()}`;
    return { kind: 'wait', until: window.opensAt, message };
  } catch {
    const message = "the customer's policy names a time zone that this runner does not know";
    return { kind: 'refuse', reason: 'PolicyUnusable', message };
  }
}
