import { seen, unseen } from './healthy-facts.ts';
import { changed, type Planted } from './planted.ts';

const theirs = { 'landfall:install': 'other' };
export const many = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
const allowAll = {
  name: 'FullAWSAccess',
  attachedTo: 'r-1',
  document: { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
};

export const plantedInFull: Planted[] = [
  {
    name: 'credentials of another account',
    id: 'identity',
    status: 'fail',
    facts: { identity: seen({ account: '999999999999', arn: 'arn:aws:iam::999999999999:user/x' }) },
  },
  {
    name: 'credentials that AWS refuses',
    id: 'identity',
    status: 'fail',
    facts: { identity: unseen('InvalidClientTokenId') },
  },
  {
    name: 'the root user',
    id: 'identity',
    status: 'warn',
    facts: { identity: seen({ account: '123456789012', arn: 'arn:aws:iam::123456789012:root' }) },
  },
  {
    name: 'a date that is over',
    id: 'install-date',
    status: 'fail',
    account: { installExpiresAt: '2026-02-28T12:00:00Z' },
    facts: {},
  },
  {
    name: 'a date an hour away',
    id: 'install-date',
    status: 'warn',
    account: { installExpiresAt: '2026-03-01T13:00:00Z' },
    facts: {},
  },
  {
    name: 'a date a year away',
    id: 'install-date',
    status: 'warn',
    account: { installExpiresAt: '2027-03-01T13:00:00Z' },
    facts: {},
  },
  {
    name: 'a region that is not enabled',
    id: 'region',
    status: 'fail',
    facts: { region: seen({ optIn: 'not-opted-in' }) },
  },
  { name: 'a region that does not exist', id: 'region', status: 'fail', facts: { region: seen(undefined) } },
  { name: 'a zone that the account lacks', id: 'zones', status: 'fail', base: { zones: ['a', 'b', 'f'] }, facts: {} },
  {
    name: 'a zone that is impaired',
    id: 'zones',
    status: 'fail',
    facts: { zones: seen([{ name: 'eu-central-1a', state: 'impaired', type: 'availability-zone' }]) },
  },
  {
    name: 'a version in extended support',
    id: 'kubernetes-version',
    status: 'warn',
    base: { kubernetesVersion: '1.30' },
    facts: {},
  },
  {
    name: 'a version out of support',
    id: 'kubernetes-version',
    status: 'fail',
    base: { kubernetesVersion: '1.25' },
    facts: {},
  },
  {
    name: 'a version that EKS does not know',
    id: 'kubernetes-version',
    status: 'fail',
    base: { kubernetesVersion: '1.99' },
    facts: {},
  },
  {
    name: 'an instance type that the region lacks',
    id: 'node-types',
    status: 'fail',
    base: { nodeGroups: [{ name: 'x', instanceType: 'm99.large', size: 1 }] },
    facts: {},
  },
  {
    name: 'an instance type that one zone lacks',
    id: 'node-types',
    status: 'fail',
    facts: (f) => ({ offerings: changed(f.offerings, (all) => all.filter(({ zone }) => !zone.endsWith('c'))) }),
  },
  {
    name: 'an action that the caller may not do',
    id: 'permissions',
    status: 'fail',
    facts: {
      simulation: seen([
        { action: 'iam:CreateRole', allowed: false, byOrganization: undefined, byBoundary: undefined },
      ]),
    },
  },
  { name: 'a caller who may not simulate', id: 'permissions', status: 'not-visible', facts: { simulation: unseen() } },
  {
    name: 'an organization that IAM says denies',
    id: 'service-control-policies',
    status: 'fail',
    facts: {
      organization: seen({ kind: 'member', policies: unseen() }),
      simulation: seen([{ action: 'kms:CreateKey', allowed: false, byOrganization: false, byBoundary: undefined }]),
    },
  },
  {
    name: 'an organization of which nothing is shown',
    id: 'service-control-policies',
    status: 'not-visible',
    facts: { organization: seen({ kind: 'member', policies: unseen() }) },
  },
  {
    name: 'policies that IAM took into account, but does not show',
    id: 'service-control-policies',
    status: 'warn',
    facts: {
      organization: seen({ kind: 'member', policies: unseen() }),
      simulation: seen([{ action: 'kms:CreateKey', allowed: true, byOrganization: true, byBoundary: undefined }]),
    },
  },
  {
    name: 'a readable policy that denies',
    id: 'service-control-policies',
    status: 'fail',
    facts: {
      organization: seen({
        kind: 'member',
        policies: seen([
          allowAll,
          {
            name: 'no-eks',
            attachedTo: 'r-1',
            document: { Statement: { Effect: 'Deny', Action: 'eks:*', Resource: '*' } },
          },
        ]),
      }),
    },
  },
  {
    name: 'a boundary that does not exist',
    id: 'permissions-boundary',
    status: 'fail',
    account: { permissionsBoundaryArn: 'arn:aws:iam::123456789012:policy/theirs' },
    facts: { boundary: seen(false) },
  },
  {
    name: 'a key that does not exist',
    id: 'key-1',
    status: 'fail',
    facts: { keys: [{ arn: 'arn:aws:kms:eu-central-1:123456789012:key/1', key: seen(undefined) }] },
  },
  {
    name: 'a key that is disabled',
    id: 'key-1',
    status: 'fail',
    facts: {
      keys: [
        {
          arn: 'arn:aws:kms:eu-central-1:123456789012:key/1',
          key: seen({ enabled: false, spec: 'SYMMETRIC_DEFAULT' }),
        },
      ],
    },
  },
  {
    name: 'a key that signs',
    id: 'key-1',
    status: 'fail',
    facts: {
      keys: [
        {
          arn: 'arn:aws:kms:eu-central-1:123456789012:key/1',
          key: seen({ enabled: true, spec: 'RSA_2048' }),
        },
      ],
    },
  },
  {
    name: 'five VPCs of five',
    id: 'quota-vpcs',
    status: 'fail',
    facts: (f) => ({ use: { ...f.use, vpcs: seen(many(5, { id: 'vpc', tags: {} })) } }),
  },
  {
    name: 'too few addresses for NAT per zone',
    id: 'quota-addresses',
    status: 'fail',
    base: { nat: 'per-zone' },
    facts: (f) => ({ use: { ...f.use, addresses: seen(many(3, { tags: {} })) } }),
  },
  {
    name: 'a zone full of NAT gateways',
    id: 'quota-nat-gateways',
    status: 'fail',
    facts: (f) => ({ use: { ...f.use, natGateways: seen(many(5, { zone: 'eu-central-1a', tags: {} })) } }),
  },
  {
    name: 'too few vCPUs',
    id: 'quota-vcpus',
    status: 'fail',
    facts: (f) => ({ quotas: { ...f.quotas, vcpus: seen(16) } }),
  },
  {
    name: 'vCPUs without any room to grow',
    id: 'quota-vcpus',
    status: 'warn',
    facts: (f) => ({ quotas: { ...f.quotas, vcpus: seen(22) } }),
  },
  {
    name: 'too few vCPUs for what Auto Mode may grow to',
    id: 'quota-vcpus',
    status: 'fail',
    base: { nodeProfile: 'auto', autoLimits: { cpu: 128, memoryGib: 512 } },
    facts: {},
  },
  {
    name: 'a hundred clusters of a hundred',
    id: 'quota-clusters',
    status: 'fail',
    facts: (f) => ({ use: { ...f.use, clusters: seen(many(100, 'another')) } }),
  },
  {
    name: 'no room for repositories',
    id: 'quota-repositories',
    status: 'fail',
    facts: (f) => ({ quotas: { ...f.quotas, repositories: seen(1) } }),
  },
  {
    name: 'a quota that cannot be seen',
    id: 'quota-vpcs',
    status: 'not-visible',
    facts: (f) => ({ quotas: { ...f.quotas, vpcs: unseen() } }),
  },
  {
    name: 'a role of another install',
    id: 'names',
    status: 'fail',
    facts: { named: [seen([{ kind: 'role', name: 'lf-acme-runner', tags: theirs }])] },
  },
  {
    name: 'a cluster without a tag',
    id: 'names',
    status: 'fail',
    facts: { named: [seen([{ kind: 'cluster', name: 'lf-acme', tags: {} }])] },
  },
  {
    name: 'a name of which nobody says whose it is',
    id: 'names',
    status: 'not-visible',
    facts: { named: [seen([{ kind: 'key alias', name: 'alias/lf-acme-state', tags: undefined }])] },
  },
  { name: 'names that cannot be looked at', id: 'names', status: 'not-visible', facts: { named: [unseen()] } },
  {
    name: 'a bucket of another account',
    id: 'state-bucket',
    status: 'fail',
    facts: { bucket: seen({ state: 'foreign' }) },
  },
  {
    name: 'a bucket of another install',
    id: 'state-bucket',
    status: 'fail',
    facts: { bucket: seen({ state: 'there', tags: theirs }) },
  },
  {
    name: 'a control plane that does not answer',
    id: 'control-plane',
    status: 'fail',
    facts: { controlPlane: { url: 'https://c.test', failed: 'ECONNREFUSED' } },
  },
  {
    name: 'a control plane behind a private link',
    id: 'control-plane',
    status: 'warn',
    base: { controlPlaneLink: { kind: 'vpn', gatewayIp: '192.0.2.1' } },
    facts: { controlPlane: { url: 'https://c.test', failed: 'ENOTFOUND' } },
  },
  {
    name: 'a registry that does not answer',
    id: 'vendor-registry',
    status: 'fail',
    facts: { vendorRegistry: { url: 'https://r.test', failed: 'timeout' } },
  },
];
