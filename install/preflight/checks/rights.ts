import { deniedBy } from './control-policies.ts';
import type { Facts, Organization, Simulated } from '../facts/facts.ts';
import { laterActions, neededActions } from '../needed-actions.ts';
import { type CheckResult, fail, judge, notVisible, pass, type Verdict, warn } from '../result.ts';
import { both, known, type Seen } from '../seen.ts';
import type { Wanted } from '../wanted.ts';

/** What the caller may do, what the organization forbids everybody, and whether given keys and boundary are usable. */
export function rightsChecks(facts: Facts, wanted: Wanted): CheckResult[] {
  return [
    permissions(facts, wanted),
    controlPolicies(facts, wanted),
    ...(wanted.permissionsBoundaryArn === undefined ? [] : [boundary(facts, wanted.permissionsBoundaryArn)]),
    ...facts.keys.map(givenKey),
  ];
}

function permissions({ identity, simulation }: Facts, wanted: Wanted): CheckResult {
  const about = {
    id: 'permissions',
    title: 'Rights of the caller',
    needed: `the ${neededActions(wanted).length} actions of the account stack`,
    why: 'The account stack is applied by the caller; what is missing stops it halfway.',
  };
  const isRoot = identity.seen && identity.value.arn.endsWith(':root');
  if (isRoot) return judge(about, known(undefined), () => pass('the root user may do everything'));
  return judge(about, simulation, (simulated) => {
    const denied = simulated.filter(({ allowed }) => !allowed);
    if (denied.length === 0) return pass(`all ${simulated.length} allowed, as IAM simulates it without conditions`);
    const cause = denied.some(({ byBoundary }) => byBoundary === false) ? ' (some by the caller’s own boundary)' : '';
    return fail(
      `denied: ${denied.map(({ action }) => action).join(', ')}${cause}`,
      'Use an administrator’s role, or allow these actions. Who only runs `install apply` does not need them.',
    );
  });
}

function controlPolicies({ organization, simulation }: Facts, wanted: Wanted): CheckResult {
  const about = {
    id: 'service-control-policies',
    title: 'Service control policies',
    needed: 'none that forbids what the install does',
    why: 'They bind every role of the account, whatever its own policies say.',
  };
  const ask = 'Ask whoever runs the organization whether its policies allow what docs/permissions.md lists.';
  return judge(about, organization, (found): Verdict => {
    if (found.kind === 'none') return pass('the account is in no organization');
    if (found.kind === 'management') return pass('the management account, for which they do not hold');
    const simulated = simulation.seen ? simulation.value : [];
    const stopped = simulated.filter(({ byOrganization }) => byOrganization === false).map(({ action }) => action);
    if (stopped.length > 0) return fail(`the organization denies ${stopped.join(', ')}`, ask);
    return readable(found, wanted, simulated, ask);
  });
}

function readable(
  found: Extract<Organization, { kind: 'member' }>,
  wanted: Wanted,
  simulated: readonly Simulated[],
  ask: string,
): Verdict {
  const { policies } = found;
  if (!policies.seen) {
    const told = simulated.some(({ byOrganization }) => byOrganization !== undefined);
    return told
      ? warn(
          'IAM finds none that forbids the account stack; the policies themselves are not shown to this account',
          ask,
        )
      : notVisible(policies.why, ask);
  }
  const denials = deniedBy(policies.value, [...neededActions(wanted), ...laterActions], wanted.region);
  const certain = denials.filter(({ sure }) => sure);
  const list = (some: typeof denials): string => some.map(({ policy, action }) => `${action} (${policy})`).join(', ');
  if (certain.length > 0) return fail(`denied: ${list(certain)}`, ask);
  if (denials.length > 0) return warn(`denied under conditions that cannot be judged here: ${list(denials)}`, ask);
  return pass(`${policies.value.length} policies, none of which forbids it`);
}

function boundary(facts: Facts, arn: string): CheckResult {
  const about = {
    id: 'permissions-boundary',
    title: 'The given permissions boundary',
    needed: arn,
    why: 'It is put on every role that the account stack makes.',
  };
  const wrong = fail('there is no such policy', 'Correct accountOptions.permissionsBoundaryArn.');
  return judge(about, facts.boundary, (exists) => (exists ? pass('exists') : wrong));
}

function givenKey({
  arn,
  key,
}: {
  arn: string;
  key: Seen<{ enabled: boolean; spec: string } | undefined>;
}): CheckResult {
  const about = {
    id: `key-${arn.split('/').at(-1) ?? arn}`,
    title: 'A given KMS key',
    needed: `${arn}, enabled, symmetric`,
    why: 'State and the cluster’s secrets are encrypted with it.',
  };
  return judge(about, both(key, known(arn)), ([found]) => {
    if (found === undefined)
      return fail('there is no such key', 'Correct accountOptions.stateKmsKeyArn or clusterKmsKeyArn.');
    if (!found.enabled) return fail('not enabled', 'Enable the key, or give another.');
    return found.spec === 'SYMMETRIC_DEFAULT' ? pass(found.spec) : fail(found.spec, 'Give a symmetric key.');
  });
}
