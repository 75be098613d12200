import type { Facts, Tags } from '../facts/facts.ts';
import { type QuotaId, quotaCodes } from '../facts/quotas.ts';
import { isOurs } from '../facts/tags.ts';
import { type CheckResult, fail, judge, pass, warn } from '../result.ts';
import { both, type Seen } from '../seen.ts';
import { makesCluster, natGatewaysOf, nodesOf, type Wanted } from '../wanted.ts';

/** What is used by others, and what an install comes to in the end: what of it is there already does not count twice. */
type Use = { others: number; wanted: number };

/** Whether the account's quotas leave room. An earlier, interrupted run of this install takes no room away. */
export function quotaChecks(facts: Facts, wanted: Wanted): CheckResult[] {
  const { use } = facts;
  const checks: CheckResult[] = [];
  const add = <T>(id: QuotaId, fact: Seen<T>, useOf: (value: T) => Use): void => {
    checks.push(quotaCheck(id, facts.quotas[id], fact, useOf));
  };
  const ours = (each: { tags: Tags }): boolean => isOurs(each.tags, wanted.installId);

  if (wanted.mode === 'full') {
    add('vpcs', use.vpcs, (all) => ({ others: all.filter((each) => !ours(each)).length, wanted: 1 }));
    const gateways = natGatewaysOf(wanted);
    if (gateways > 0) {
      add('addresses', use.addresses, (all) => ({
        others: all.filter((each) => !ours(each)).length,
        wanted: gateways,
      }));
      // The quota holds for each zone, and an install has one in a zone at most: the fullest zone decides.
      const zones = wanted.zones.slice(0, gateways).map((suffix) => `${wanted.region}${suffix}`);
      add('natGateways', use.natGateways, (all) => {
        const others = zones.map((zone) => all.filter((each) => each.zone === zone && !ours(each)).length);
        return { others: Math.max(...others), wanted: 1 };
      });
    }
  }
  if (makesCluster(wanted)) {
    const { cluster } = wanted.names;
    add('clusters', use.clusters, (all) => ({ others: all.filter((name) => name !== cluster).length, wanted: 1 }));
  }
  const othersVcpus = (all: readonly { instanceType: string; vcpus: number; tags: Tags }[]): number =>
    sum(all.filter((each) => !ours(each) && isStandard(each.instanceType)).map(({ vcpus }) => vcpus));
  if (nodesOf(wanted).length > 0) {
    add('vcpus', both(use.instances, facts.instanceTypes), ([instances, types]) => ({
      others: othersVcpus(instances),
      wanted: sum(
        nodesOf(wanted)
          .filter(({ instanceType }) => isStandard(instanceType))
          // One more of each group while it is being replaced.
          .map(({ instanceType, size }) => (size + 1) * (types.find(({ name }) => name === instanceType)?.vcpus ?? 0)),
      ),
    }));
  } else if (makesCluster(wanted)) {
    add('vcpus', use.instances, (all) => ({ others: othersVcpus(all), wanted: wanted.autoCpuLimit }));
  }
  const own = new Set(wanted.repositories.map((name) => `${wanted.names.prefix}/${name}`));
  add('repositories', use.repositories, (all) => ({
    others: all.filter(({ name }) => !own.has(name)).length,
    wanted: own.size,
  }));
  return checks;
}

function quotaCheck<T>(id: QuotaId, quota: Seen<number>, fact: Seen<T>, useOf: (value: T) => Use): CheckResult {
  const { title, service, code } = quotaCodes[id];
  const use: Seen<Use> = fact.seen ? { ...fact, value: useOf(fact.value) } : fact;
  const about = {
    id: `quota-${id.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    title: `Quota: ${title}`,
    needed: use.seen ? `room for ${use.value.wanted}` : 'room for what the install makes',
    why: 'AWS refuses what is over the quota, in the middle of an install.',
  };
  return judge(about, both(quota, use), ([limit, { others, wanted }]) => {
    const found = `${others} of ${limit} used by others`;
    const more = `Ask for a quota of ${others + wanted} or more: Service Quotas -> ${service} -> ${code}.`;
    if (others + wanted > limit) return fail(found, more);
    return others + wanted === limit && id === 'vcpus' ? warn(`${found}; nothing is left to grow`, more) : pass(found);
  });
}

/** A, C, D, H, I, M, R, T and Z share one quota of vCPUs; the others (GPU and so on) have quotas of their own. */
export function isStandard(instanceType: string): boolean {
  return /^(?:[acdimrtz]\d|h1|is4|im4)/.test(instanceType);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
