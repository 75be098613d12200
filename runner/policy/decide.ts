import type { RunnerPolicy, WaitingDetails } from '../../contract/index.ts';
import { approvalNeeded } from './approval.ts';
import { type CalendarState, calendarState } from './calendar.ts';
import type { ChangeAsked } from './change.ts';
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
  return forbidden(policy, asked) ?? unapproved(policy, asked) ?? untimely(policy, asked, now) ?? { kind: 'go' };
}

function forbidden(policy: RunnerPolicy, asked: ChangeAsked): Refusal | null {
  const refuse = (reason: RefuseReason, what: string): Refusal => {
    return { kind: 'refuse', reason, message: `the customer's policy does not allow ${what}` };
  };
  const kinds = asked.components
    .map(({ kind }) => kind)
    .filter((kind) => policy.allowedKinds?.includes(kind) === false);
  if (kinds.length > 0) return refuse('KindNotAllowed', `components of kind ${[...new Set(kinds)].join(', ')}`);
  for (const { name, namespaces } of asked.components) {
    const outside = namespaces.find((namespace) => !isAllowedNamespace(namespace, policy.allowedNamespaces));
    if (outside !== undefined) return refuse('NamespaceNotAllowed', `the namespace ${outside}, which ${name} is for`);
  }
  const verbs = policy.allowedVerbs;
  const { verb, removed } = asked;
  if (asked.to !== null && verbs?.includes(verb) === false) return refuse('VerbNotAllowed', `the verb ${verb}`);
  if (removed.length > 0 && verbs?.includes('uninstall') === false) {
    const names = removed.map(({ name }) => name).slice(0, 10);
    return refuse(
      'VerbNotAllowed',
      `the verb uninstall, and the release does not have ${names.join(', ')} any more, or in another place`,
    );
  }
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

function untimely(policy: RunnerPolicy, asked: ChangeAsked, now: Date): Verdict | null {
  let state: CalendarState;
  try {
    state = calendarState(policy, [...asked.changed, ...asked.removed], now);
  } catch {
    const message = "the customer's policy names a time zone that this runner does not know";
    return { kind: 'refuse', reason: 'PolicyUnusable', message };
  }
  if (state.open) return null;
  const { reason, why, until } = state;
  if (until === null) {
    const message = "the customer's policy has no maintenance window that is for everything this release changes";
    return { kind: 'refuse', reason: 'NoWindow', message };
  }
  const closed =
    reason === 'Freeze'
      ? `the customer's policy has a freeze${why === null ? '' : ` (${why})`}`
      : "outside the customer's maintenance windows";
  return { kind: 'wait', reason, until, message: `${closed}; it can begin at ${until.toISOString()}` };
}
