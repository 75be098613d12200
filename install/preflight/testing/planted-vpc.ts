import type { Facts } from '../facts/facts.ts';
import { healthyVpc, seen, unseen } from './healthy-facts.ts';
import { changed, type Planted } from './planted.ts';

export const vpc = (change: Partial<typeof healthyVpc>): Partial<Facts> => ({
  customerVpc: seen({ ...healthyVpc, ...change }),
});
export const closed = [{ subnetId: 'subnet-0a', tableId: 'rtb-1', target: undefined }];

const planted: Planted[] = [
  { name: 'a VPC that does not exist', id: 'vpc', status: 'fail', facts: vpc({ exists: false, subnets: [] }) },
  {
    name: 'a subnet of another VPC',
    id: 'vpc-subnets',
    status: 'fail',
    facts: vpc({ subnets: healthyVpc.subnets.slice(0, 1) }),
  },
  {
    name: 'subnets in one zone only',
    id: 'vpc-subnets',
    status: 'fail',
    facts: vpc({ subnets: healthyVpc.subnets.map((each) => ({ ...each, zone: 'eu-central-1a' })) }),
  },
  { name: 'DNS hostnames off', id: 'vpc-dns', status: 'fail', facts: vpc({ dnsHostnames: false }) },
  { name: 'no way out', id: 'vpc-way-out', status: 'fail', facts: vpc({ waysOut: closed }) },
  {
    name: 'private subnets that are public',
    id: 'vpc-way-out',
    status: 'warn',
    facts: vpc({ waysOut: [{ subnetId: 'subnet-0a', tableId: 'rtb-1', target: 'igw-1' }] }),
  },
  { name: 'no way out and no endpoints', id: 'vpc-endpoints', status: 'fail', facts: vpc({ waysOut: closed }) },
  {
    name: 'subnets without tags',
    id: 'vpc-tags',
    status: 'warn',
    facts: vpc({ subnets: healthyVpc.subnets.map((each) => ({ ...each, tags: {} })) }),
  },
  {
    name: 'a subnet with ten free addresses',
    id: 'vpc-addresses',
    status: 'fail',
    facts: vpc({ subnets: healthyVpc.subnets.map((each) => ({ ...each, freeAddresses: 10 })) }),
  },
  {
    name: 'addresses for nodes, but not for their pods',
    id: 'vpc-addresses',
    status: 'warn',
    facts: vpc({ subnets: healthyVpc.subnets.map((each) => ({ ...each, freeAddresses: 60 })) }),
  },
  {
    name: 'a zone without the instance type',
    id: 'vpc-node-types',
    status: 'fail',
    facts: (f) => ({ offerings: changed(f.offerings, (all) => all.filter(({ zone }) => !zone.endsWith('b'))) }),
  },
  {
    name: 'a VPC that cannot be looked at',
    id: 'vpc-subnets',
    status: 'not-visible',
    facts: { customerVpc: unseen() },
  },
];

export const plantedInVpc: Planted[] = planted.map((each) => ({ ...each, mode: 'vpc' }));
