import type { Facts } from '../facts/facts.ts';
import { healthyCluster, seen } from './healthy-facts.ts';
import type { Planted } from './planted.ts';

const cluster = (change: Partial<typeof healthyCluster>): Partial<Facts> => ({
  customerCluster: seen({ ...healthyCluster, ...change }),
});
const planted: Planted[] = [
  { name: 'a cluster that does not exist', id: 'cluster', status: 'fail', facts: { customerCluster: seen(undefined) } },
  { name: 'a cluster that is being made', id: 'cluster', status: 'fail', facts: cluster({ status: 'CREATING' }) },
  { name: 'a version out of support', id: 'cluster-version', status: 'fail', facts: cluster({ version: '1.25' }) },
  { name: 'a version in extended support', id: 'cluster-version', status: 'warn', facts: cluster({ version: '1.30' }) },
  {
    name: 'authentication by config map alone',
    id: 'cluster-authentication',
    status: 'fail',
    facts: cluster({ authenticationMode: 'CONFIG_MAP' }),
  },
  {
    name: 'no Pod Identity agent',
    id: 'cluster-pod-identity',
    status: 'fail',
    facts: { podIdentityAgent: seen(undefined) },
  },
  {
    name: 'a degraded Pod Identity agent',
    id: 'cluster-pod-identity',
    status: 'fail',
    facts: { podIdentityAgent: seen('DEGRADED') },
  },
  {
    name: 'a public endpoint that does not answer here',
    id: 'cluster-endpoint',
    status: 'fail',
    facts: { clusterReach: { url: 'https://x', failed: 'timeout' } },
  },
  {
    name: 'a private endpoint',
    id: 'cluster-endpoint',
    status: 'not-visible',
    facts: { ...cluster({ publicEndpoint: false }), clusterReach: { url: 'https://x', failed: 'timeout' } },
  },
  {
    name: 'secrets that are not encrypted',
    id: 'cluster-encryption',
    status: 'warn',
    facts: cluster({ encryptsSecrets: false }),
  },
];

export const plantedOnCluster: Planted[] = planted.map((each) => ({ ...each, mode: 'cluster' }));
