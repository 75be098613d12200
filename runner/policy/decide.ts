import type { PolicyVerb, RunnerPolicy, WaitingDetails } from '../../contract/index.ts';
import { approvalNeeded } from './approval.ts';
import { type CalendarState, calendarState, type Touched } from './calendar.ts';
import type { ChangeAsked, ComponentAsked } from './change.ts';
import { isAllowedNamespace } from './namespaces.ts';

export type Verdict =
  | { kind: 'go' }
  | { kind: 'paused'; reason: 'Paused' | 'PolicyUnusable'; message: string }
  /** The time itself will change it. */
  | { kind: 'wait'; reason: 'Freeze' | 'MaintenanceWindow'; until: Date; message: string }
  /** The customer's word will change it. */
  | { kind: 'ask'; reason: 'CustomerDecides' | 'ApprovalNeeded'; message: string; details: WaitingDetails }
  /** Only another policy or another release will change it. */
  | { kind: 'refuse'; reason: RefuseReason; message: string };

export type RefuseReason =
  'KindNotAllowed' | 'NamespaceNotAllowed' | 'VerbNotAllowed' | 'RegistryNotAllowed' | 'NoWindow' | 'PolicyUnusable';

type Refusal = Extract<Verdict, { kind: 'refuse' }>;

/** The customer's limits on one change of release. What it cannot understand, it refuses. */
export function judge(policy: RunnerPolicy, asked: ChangeAsked, now: Date): Verdict {
  if (policy.paused) return { kind: 'paused', reason: 'Paused', message: "the customer's policy pauses the runner" };
  const touched = [...asked.changed, ...asked.removed];
  return (
    forbidden(policy, asked) ??
    unapproved(policy, asked) ??
    untimely(policy, touched, now, 'is for everything this release changes') ?? { kind: 'go' }
  );
}

function refuse(reason: RefuseReason, what: string): Refusal {
  return { kind: 'refuse', reason, message: `the customer's policy does not allow ${what}` };
}

export function forbiddenPlace(policy: RunnerPolicy, components: readonly ComponentAsked[]): Refusal | null {
  const kinds = components.map(({ kind }) => kind).filter((kind) => policy.allowedKinds?.includes(kind) === false);
  if (kinds.length > 0) return refuse('KindNotAllowed', `components of kind ${[...new Set(kinds)].join(', ')}`);
  for (const { name, namespaces } of components) {
    const outside = namespaces.find((namespace) => !isAllowedNamespace(namespace, policy.allowedNamespaces));
    if (outside !== undefined) return refuse('NamespaceNotAllowed', `the namespace ${outside}, which ${name} is for`);
  }
  return null;
}

export function forbiddenVerb(policy: RunnerPolicy, verb: PolicyVerb, why: string | null): Refusal | null {
  if (policy.allowedVerbs?.includes(verb) !== false) return null;
  return refuse('VerbNotAllowed', `the verb ${verb}${why === null ? '' : `, and ${why}`}`);
}

function forbidden(policy: RunnerPolicy, asked: ChangeAsked): Refusal | null {
  const place = forbiddenPlace(policy, asked.components);
  if (place !== null) return place;
  const { verb, removed } = asked;
  const names = removed.map(({ name }) => name).slice(0, 10);
  const gone = `the release does not have ${names.join(', ')} any more, or in another place`;
  const verbs =
    (asked.to === null ? null : forbiddenVerb(policy, verb, null)) ??
    (removed.length === 0 ? null : forbiddenVerb(policy, 'uninstall', gone));
  if (verbs !== null) return verbs;
  const registries = policy.allowedRegistries ?? [asked.pinnedRegistry];
  return registries.includes(asked.registry) ? null : refuse('RegistryNotAllowed', `releases from ${asked.registry}`);
}

function unapproved(policy: RunnerPolicy, asked: ChangeAsked): Verdict | null {
  const needed = approvalNeeded(policy, asked);
  if (needed === null || asked.to === null) return null;
  const { version, digest: releaseDigest, inputsDigest } = asked.to;
  const what = asked.from === null ? version : `${asked.from} -> ${version}`;
  const entry = `{ releaseDigest: "${releaseDigest}", inputsDigest: "${inputsDigest}" }`;
  const message = `${what} waits for the customer: ${needed.why}; to let it go, add ${entry} to approvals of the RunnerPolicy`;
  return { kind: 'ask', reason: needed.reason, message, details: { releaseDigest, inputsDigest } };
}

/** `what`: that no window is for, in words. */
export function untimely(
  policy: RunnerPolicy,
  touched: readonly Touched[],
  now: Date,
  what: string,
): Extract<Verdict, { kind: 'wait' | 'refuse' }> | null {
  let state: CalendarState;
  try {
    state = calendarState(policy, touched, now);
  } catch {
    const message = "the customer's policy names a time zone that this runner does not know";
    return { kind: 'refuse', reason: 'PolicyUnusable', message };
  }
  if (state.open) return null;
  const { reason, why, until } = state;
  if (until === null) {
    const message = `the customer's policy has no maintenance window that ${what}`;
    return { kind: 'refuse', reason: 'NoWindow', message };
  }
  const closed =
    reason === 'Freeze'
      ? `the customer's policy has a freeze${why === null ? '' : ` (${why})`}`
      : "outside the customer's maintenance windows";
  return { kind: 'wait', reason, until, message: `${closed}; it can begin at ${until.toISOString()}` };
}
