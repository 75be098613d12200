import type { CustomerVpc, Facts, Subnet } from '../facts/facts.ts';
import { type About, type CheckResult, fail, judge, pass, type Verdict, warn } from '../result.ts';
import { both, known, type Seen } from '../seen.ts';
import { nodesOf, type Wanted } from '../wanted.ts';

/** EKS puts up to four network interfaces into a subnet, and more while it upgrades; AWS asks for 16 free addresses. */
const addressesOfEks = 16;

/** What nodes without a way out must reach inside the VPC. */
const neededServices = ['ecr.api', 'ecr.dkr', 'sts', 'logs', 'ec2', 'eks', 'eks-auth', 'kms', 's3'] as const;

/** The customer's own VPC, before anything is put into it. */
export function customerVpcChecks(facts: Facts, wanted: Wanted): CheckResult[] {
  const { customerVpc: fact } = facts;
  const given = wanted.vpc;
  if (wanted.mode !== 'vpc') return [];
  const about = (id: string, title: string, needed: string, why: string): About => ({ id, title, needed, why });
  if (given === undefined || fact === undefined) {
    const missing = fail('base.vpc is missing', 'Give base.vpc with id and privateSubnetIds in the install file.');
    return [
      judge(
        about('vpc', 'The given VPC', 'its id and subnets', 'Mode vpc makes none.'),
        known(missing),
        (each) => each,
      ),
    ];
  }
  const subnetsOf = (vpc: CustomerVpc): Subnet[] => vpc.subnets.filter(({ id }) => given.privateSubnetIds.includes(id));
  return [
    judge(about('vpc', 'The given VPC', given.id, 'The cluster is put into it.'), fact, (vpc) =>
      vpc.exists ? pass('exists') : fail('there is no such VPC in the region', 'Correct base.vpc.id.'),
    ),
    judge(
      about(
        'vpc-subnets',
        'Subnets of the given VPC',
        'all of the VPC, private ones in two zones or more',
        'EKS wants two zones.',
      ),
      fact,
      (vpc) => subnetsVerdict(vpc, given),
    ),
    judge(
      about(
        'vpc-dns',
        'DNS of the given VPC',
        'enableDnsSupport and enableDnsHostnames',
        'Nodes find a private cluster endpoint by its name.',
      ),
      fact,
      ({ dnsSupport, dnsHostnames }) =>
        dnsSupport && dnsHostnames
          ? pass('both on')
          : fail(`support ${onOff(dnsSupport)}, hostnames ${onOff(dnsHostnames)}`, `Turn both on for ${given.id}.`),
    ),
    judge(
      about(
        'vpc-way-out',
        'Way out of the private subnets',
        'NAT, transit gateway or firewall; or endpoints and a link',
        'The runner calls out on 443; nodes pull images.',
      ),
      fact,
      (vpc) => wayOutVerdict(vpc, wanted),
    ),
    judge(
      about(
        'vpc-endpoints',
        'Endpoints in the given VPC',
        `${neededServices.join(', ')}, where a subnet has no way out`,
        'Without a way out AWS is reached through them.',
      ),
      fact,
      (vpc) => endpointsVerdict(vpc, wanted),
    ),
    judge(
      about(
        'vpc-tags',
        'Tags of the subnets',
        'kubernetes.io/role/internal-elb on private, kubernetes.io/role/elb on public ones',
        'Load balancers find their subnets by them.',
      ),
      fact,
      (vpc) => tagsVerdict(vpc, given),
    ),
    addresses(fact, facts, wanted, subnetsOf),
    ...(nodesOf(wanted).length === 0 ? [] : [offered(fact, facts, wanted, subnetsOf)]),
  ];
}

function subnetsVerdict(vpc: CustomerVpc, given: NonNullable<Wanted['vpc']>): Verdict {
  const ids = [...given.privateSubnetIds, ...given.publicSubnetIds];
  const strange = ids.filter((id) => !vpc.subnets.some((subnet) => subnet.id === id));
  if (strange.length > 0) return fail(`not in ${given.id}: ${strange.join(', ')}`, 'Correct the ids in base.vpc.');
  const zones = new Set(vpc.subnets.filter(({ id }) => given.privateSubnetIds.includes(id)).map(({ zone }) => zone));
  const found = `${given.privateSubnetIds.length} private in ${[...zones].join(', ') || 'no zone'}`;
  return zones.size < 2
    ? fail(found, 'Add a private subnet in another zone to base.vpc.privateSubnetIds.')
    : pass(found);
}

function wayOutVerdict(vpc: CustomerVpc, wanted: Wanted): Verdict {
  const kinds = vpc.waysOut.map(({ target }) => target?.split('-')[0]);
  const found = vpc.waysOut.map(({ subnetId, target }) => `${subnetId} -> ${target ?? 'none'}`).join(', ');
  const closed = vpc.waysOut.filter(({ target }) => target === undefined).map(({ subnetId }) => subnetId);
  if (closed.length > 0 && wanted.controlPlaneLink === 'internet') {
    return fail(
      found,
      `Route 0.0.0.0/0 of ${closed.join(', ')} to a NAT or transit gateway, or set base.controlPlaneLink to privatelink or vpn.`,
    );
  }
  if (kinds.includes('igw')) {
    return warn(
      found,
      'Subnets that route to an internet gateway are public: nodes have no public address and reach nothing.',
    );
  }
  return pass(found);
}

function endpointsVerdict(vpc: CustomerVpc, wanted: Wanted): Verdict {
  const there = vpc.endpoints
    .filter(({ state }) => state === 'available')
    .map(({ service }) => service.split(`.${wanted.region}.`).at(-1) ?? service);
  const found = there.length === 0 ? 'none' : there.join(', ');
  if (!vpc.waysOut.some(({ target }) => target === undefined)) {
    return wanted.privateEndpoints
      ? warn(
          `${found}; base.privateEndpoints makes none in mode vpc`,
          'Make the endpoints yourself, or take the option away.',
        )
      : pass(`${found}; every subnet has a way out`);
  }
  const missing = neededServices.filter((service) => !there.includes(service));
  return missing.length === 0
    ? pass(found)
    : fail(`missing: ${missing.join(', ')}`, `Make these endpoints in ${wanted.vpc?.id ?? 'the VPC'}.`);
}

function tagsVerdict(vpc: CustomerVpc, given: NonNullable<Wanted['vpc']>): Verdict {
  const without = (ids: readonly string[], tag: string): string[] =>
    vpc.subnets.filter(({ id, tags }) => ids.includes(id) && tags[tag] === undefined).map(({ id }) => `${id} (${tag})`);
  const missing = [
    ...without(given.privateSubnetIds, 'kubernetes.io/role/internal-elb'),
    ...without(given.publicSubnetIds, 'kubernetes.io/role/elb'),
  ];
  if (missing.length === 0) return pass('as needed');
  return warn(
    `missing: ${missing.join(', ')}`,
    'Put these tags on, with the value 1; without them Services of type LoadBalancer find no subnet.',
  );
}

function addresses(
  fact: Seen<CustomerVpc>,
  facts: Facts,
  wanted: Wanted,
  subnetsOf: (vpc: CustomerVpc) => Subnet[],
): CheckResult {
  const about = {
    id: 'vpc-addresses',
    title: 'Free addresses of the private subnets',
    needed: `${addressesOfEks} in each, and those of nodes and pods`,
    why: 'Every pod has an address of the VPC.',
  };
  return judge(about, both(fact, facts.instanceTypes), ([vpc, types]) => {
    const subnets = subnetsOf(vpc);
    const found = subnets.map(({ id, freeAddresses }) => `${id} ${freeAddresses}`).join(', ');
    const tooFew = subnets.filter(({ freeAddresses }) => freeAddresses < addressesOfEks).map(({ id }) => id);
    if (tooFew.length > 0) return fail(found, `Give subnets with room instead of ${tooFew.join(', ')}.`);
    const free = subnets.reduce((sum, { freeAddresses }) => sum + freeAddresses - addressesOfEks, 0);
    // All that the VPC's network plug-in may take on a node: its interfaces, full.
    const most = nodesOf(wanted).reduce((sum, { instanceType, size }) => {
      return sum + size * (types.find(({ name }) => name === instanceType)?.addresses ?? 0);
    }, 0);
    const all = `${found}; full nodes take ${most}`;
    return most > free
      ? warn(all, 'Give larger subnets, or fewer nodes: pods wait when no address is left.')
      : pass(all);
  });
}

function offered(
  fact: Seen<CustomerVpc>,
  facts: Facts,
  wanted: Wanted,
  subnetsOf: (vpc: CustomerVpc) => Subnet[],
): CheckResult {
  const types = [...new Set(nodesOf(wanted).map((group) => group.instanceType))];
  const about = {
    id: 'vpc-node-types',
    title: 'Instance types in the zones of the subnets',
    needed: types.join(', '),
    why: 'A node group stays empty in a zone that does not offer its type.',
  };
  return judge(about, both(fact, facts.offerings), ([vpc, offerings]) => {
    const zones = [...new Set(subnetsOf(vpc).map(({ zone }) => zone))];
    const missing = zones.flatMap((zone) =>
      types
        .filter((type) => !offerings.some((each) => each.instanceType === type && each.zone === zone))
        .map((type) => `${type} in ${zone}`),
    );
    const remedy = 'Choose another instanceType in base.nodeGroups, or subnets in other zones.';
    return missing.length > 0 ? fail(`not offered: ${missing.join(', ')}`, remedy) : pass(zones.join(', '));
  });
}

function onOff(value: boolean): string {
  return value ? 'on' : 'off';
}
