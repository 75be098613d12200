import type { Facts } from '../facts/facts.ts';
import { type CheckResult, fail, judge, pass, type Verdict, warn } from '../result.ts';
import { both } from '../seen.ts';
import { makesCluster, nodesOf, type Wanted } from '../wanted.ts';

/** Who asks, and whether the region has what an install is made of. */
export function placeChecks(facts: Facts, wanted: Wanted, now: Date): CheckResult[] {
  return [
    identity(facts, wanted),
    installDate(wanted, now),
    region(facts, wanted),
    zones(facts, wanted),
    ...(makesCluster(wanted) ? [clusterVersion(facts, wanted)] : []),
    ...(nodesOf(wanted).length > 0 ? [nodeTypes(facts, wanted)] : []),
  ];
}

function identity({ identity: who }: Facts, wanted: Wanted): CheckResult {
  const about = {
    id: 'identity',
    title: 'Account of the credentials',
    needed: `account ${wanted.accountId}`,
    why: 'Everything is made in the account of whoever asks.',
  };
  // Credentials that AWS does not take are a failure, not something that cannot be seen.
  if (!who.seen) {
    const refused = fail(who.why, 'Use credentials that AWS accepts: AWS_ACCESS_KEY_ID and the like.');
    return judge(about, { seen: true, value: refused, calls: who.calls }, (verdict) => verdict);
  }
  return judge(about, who, ({ account, arn }) => {
    if (account !== wanted.accountId) return fail(arn, `Use credentials of account ${wanted.accountId}.`);
    return arn.endsWith(':root')
      ? warn(`${arn} (the root user)`, 'Use a role of an administrator instead.')
      : pass(arn);
  });
}

function installDate({ installExpiresAt }: Wanted, now: Date): CheckResult {
  const about = {
    id: 'install-date',
    title: 'Date of the install role',
    needed: 'a date in the future, and not far in it',
    why: 'After it the one-time role cannot be assumed.',
  };
  const daysLeft = (Date.parse(installExpiresAt) - now.getTime()) / 86_400_000;
  return judge(about, { seen: true, value: daysLeft, calls: [] }, (days): Verdict => {
    if (days <= 0) return fail(installExpiresAt, 'Agree on a new date with the vendor.');
    if (days < 1 / 12) return warn(installExpiresAt, 'Less than two hours are left: agree on a later date.');
    return days > 31
      ? warn(installExpiresAt, 'A month is plenty for an install: agree on an earlier date.')
      : pass(installExpiresAt);
  });
}

function region({ region: found, zones: there }: Facts, wanted: Wanted): CheckResult {
  const about = {
    id: 'region',
    title: 'Region',
    needed: `${wanted.region}, enabled in the account`,
    why: 'Newer regions are off until the account turns them on.',
  };
  const enable = `Enable ${wanted.region}: Account settings -> AWS Regions.`;
  return judge(about, both(found, there), ([each]) => {
    if (each === undefined)
      return fail(`AWS lists no region ${wanted.region}`, 'Correct `region` in the install file.');
    return each.optIn === 'not-opted-in' ? fail('not enabled', enable) : pass(each.optIn);
  });
}

function zones({ zones: found }: Facts, wanted: Wanted): CheckResult {
  const names = wanted.zones.map((suffix) => `${wanted.region}${suffix}`);
  const about = {
    id: 'zones',
    title: 'Availability zones',
    needed: wanted.mode === 'full' ? names.join(', ') : 'two that are available',
    why: 'EKS wants subnets in two zones at least.',
  };
  return judge(about, found, (all) => {
    const usable = all
      .filter(({ state, type }) => state === 'available' && type === 'availability-zone')
      .map(({ name }) => name);
    const missing = wanted.mode === 'full' ? names.filter((name) => !usable.includes(name)) : [];
    const remedy = `Set base.zones to zones that the account has, of: ${usable.join(', ')}.`;
    if (missing.length > 0) return fail(`not available: ${missing.join(', ')}`, remedy);
    return usable.length < 2 ? fail(usable.join(', '), 'Choose another region.') : pass(usable.join(', '));
  });
}

function clusterVersion({ clusterVersions }: Facts, wanted: Wanted): CheckResult {
  const version = wanted.kubernetesVersion;
  const about = {
    id: 'kubernetes-version',
    title: 'Kubernetes version',
    needed: `${version}, in standard support`,
    why: 'EKS makes no cluster of a version that it no longer supports.',
  };
  return judge(about, clusterVersions, (all) => {
    const found = all.find((each) => each.version === version);
    const standard = all.filter(({ status }) => status.startsWith('STANDARD')).map((each) => each.version);
    const remedy = `Set base.kubernetesVersion to one in standard support: ${standard.join(', ')}.`;
    if (found === undefined) return fail(`EKS does not list ${version}`, remedy);
    if (found.status.startsWith('STANDARD')) return pass('standard support');
    if (found.status.startsWith('EXTENDED')) return warn('extended support, which costs six times as much', remedy);
    return fail(found.status.toLowerCase(), remedy);
  });
}

function nodeTypes({ instanceTypes, offerings }: Facts, wanted: Wanted): CheckResult {
  const types = [...new Set(nodesOf(wanted).map((group) => group.instanceType))];
  const about = {
    id: 'node-types',
    title: 'Instance types of the nodes',
    needed: `${types.join(', ')} in the zones of the nodes`,
    why: 'A node group stays empty in a zone that does not offer its type.',
  };
  const names = wanted.zones.map((suffix) => `${wanted.region}${suffix}`);
  return judge(about, both(instanceTypes, offerings), ([known, offered]) => {
    const unknown = types.filter((type) => !known.some(({ name }) => name === type));
    const other = `Choose another instanceType in base.nodeGroups.`;
    if (unknown.length > 0) return fail(`${wanted.region} does not have ${unknown.join(', ')}`, other);
    // In the customer's VPC the zones are those of the subnets: another check looks at them.
    const zonesWithout =
      wanted.mode === 'full' ? names.filter((zone) => !types.every((type) => isOffered(type, zone))) : [];
    if (zonesWithout.length > 0) return fail(`not all are offered in ${zonesWithout.join(', ')}`, other);
    return pass(known.map(({ name, vcpus }) => `${name} (${vcpus} vCPU)`).join(', '));

    function isOffered(type: string, zone: string): boolean {
      return offered.some((each) => each.instanceType === type && each.zone === zone);
    }
  });
}
