import type { CustomerCluster, CustomerVpc, Facts, Named } from '../facts/facts.ts';
import { neededActions } from '../needed-actions.ts';
import type { Seen } from '../seen.ts';
import type { Wanted } from '../wanted.ts';
import { wantedOf } from '../wanted-of.ts';
import { accountInputsSchema, baseInputsSchema } from '../../../stacks/index.ts';

export const now = new Date('2026-03-01T12:00:00Z');

const place = { installId: 'acme', accountId: '123456789012', region: 'eu-central-1' };
const privateSubnetIds = ['subnet-0a', 'subnet-0b'];
const modes = {
  full: {},
  vpc: { mode: 'vpc', vpc: { id: 'vpc-01', privateSubnetIds, publicSubnetIds: [] } },
  cluster: { mode: 'cluster', clusterName: 'theirs' },
} as const;

export function sampleWanted(mode: keyof typeof modes = 'full', base: object = {}, account: object = {}): Wanted {
  const given = { ...place, ...modes[mode], ...base };
  return wantedOf(
    accountInputsSchema.parse({
      ...place,
      installPrincipal: { kind: 'codebuild', project: 'landfall-bootstrap' },
      installExpiresAt: '2026-03-08T12:00:00Z',
      ...account,
    }),
    baseInputsSchema.parse(given),
  );
}

export function seen<T>(value: T): Seen<T> {
  return { seen: true, value, calls: ['test:GetFact'] };
}

export function unseen(why = 'AccessDenied: no'): { seen: false; why: string; calls: string[] } {
  return { seen: false, why, calls: ['test:GetFact'] };
}

const zones = ['a', 'b', 'c'].map((suffix) => `eu-central-1${suffix}`);
const types = ['m6i.large', 'm6i.xlarge'];

export const healthyVpc: CustomerVpc = {
  exists: true,
  subnets: privateSubnetIds.map((id, i) => ({
    id,
    vpcId: 'vpc-01',
    zone: zones[i] ?? '',
    freeAddresses: 4000,
    tags: { 'kubernetes.io/role/internal-elb': '1' },
  })),
  waysOut: privateSubnetIds.map((subnetId) => ({ subnetId, tableId: 'rtb-1', target: 'nat-1' })),
  dnsSupport: true,
  dnsHostnames: true,
  endpoints: [],
};

export const healthyCluster: CustomerCluster = {
  status: 'ACTIVE',
  version: '1.34',
  authenticationMode: 'API',
  autoMode: false,
  endpoint: 'https://cluster.test',
  caPem: 'PEM',
  publicEndpoint: true,
  encryptsSecrets: true,
};

/** An account in which every check of the mode passes: a test breaks one thing. */
export function healthyFacts(wanted: Wanted = sampleWanted()): Facts {
  const none: Seen<readonly Named[]> = seen([]);
  return {
    identity: seen({ account: place.accountId, arn: `arn:aws:iam::${place.accountId}:role/admin` }),
    region: seen({ optIn: 'opt-in-not-required' }),
    zones: seen(zones.map((name) => ({ name, state: 'available', type: 'availability-zone' }))),
    clusterVersions: seen([
      { version: '1.34', status: 'STANDARD_SUPPORT' },
      { version: '1.30', status: 'EXTENDED_SUPPORT' },
      { version: '1.25', status: 'UNSUPPORTED' },
    ]),
    quotas: {
      vpcs: seen(5),
      addresses: seen(5),
      natGateways: seen(5),
      vcpus: seen(64),
      clusters: seen(100),
      repositories: seen(10_000),
    },
    use: {
      vpcs: seen([{ id: 'vpc-default', tags: {} }]),
      addresses: seen([]),
      natGateways: seen([]),
      instances: seen([]),
      clusters: seen([]),
      repositories: seen([]),
    },
    instanceTypes: seen([
      { name: 'm6i.large', vcpus: 2, addresses: 30 },
      { name: 'm6i.xlarge', vcpus: 4, addresses: 60 },
    ]),
    offerings: seen(zones.flatMap((zone) => types.map((instanceType) => ({ instanceType, zone })))),
    bucket: seen({ state: 'free' }),
    named: [none],
    keys: [],
    boundary: seen(true),
    simulation: seen(
      neededActions(wanted).map((action) => ({
        action,
        allowed: true,
        byOrganization: undefined,
        byBoundary: undefined,
      })),
    ),
    organization: seen({ kind: 'none' }),
    ...(wanted.mode === 'vpc' ? { customerVpc: seen(healthyVpc) } : {}),
    ...(wanted.mode === 'cluster'
      ? {
          customerCluster: seen(healthyCluster),
          podIdentityAgent: seen('ACTIVE'),
          clusterReach: { url: 'https://cluster.test/version', status: 401 },
        }
      : {}),
    controlPlane: { url: 'https://control.test', status: 200 },
    vendorRegistry: { url: 'https://registry.test/v2/', status: 401 },
  };
}
