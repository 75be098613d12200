import { describe, expect, it } from 'vitest';
import type { Facts } from '../facts/facts.ts';
import { exitCodeOf } from '../result.ts';
import { every, look } from '../seen.ts';
import { healthyFacts, now, sampleWanted, seen } from '../testing/healthy-facts.ts';
import { plantedOnCluster } from '../testing/planted-cluster.ts';
import { many, plantedInFull } from '../testing/planted-full.ts';
import { closed, plantedInVpc, vpc } from '../testing/planted-vpc.ts';
import type { InstallMode, Wanted } from '../wanted.ts';
import { allChecks } from './all.ts';

const ours = { 'landfall:install': 'acme' };

describe('a healthy account', () => {
  it.each<InstallMode>(['full', 'vpc', 'cluster'])('passes every check of mode %s', (mode) => {
    const wanted = sampleWanted(mode);
    const checks = allChecks(healthyFacts(wanted), wanted, now);
    expect(checks.filter(({ status }) => status !== 'pass')).toEqual([]);
    expect(exitCodeOf(checks)).toBe(0);
    expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
  });

  it('has nothing to be done, and what fails has', () => {
    const wanted = sampleWanted();
    expect(allChecks(healthyFacts(wanted), wanted, now).every(({ remedy }) => remedy === '')).toBe(true);
    const broken = { ...healthyFacts(wanted), bucket: seen({ state: 'foreign' } as const) };
    expect(allChecks(broken, wanted, now).find(({ status }) => status === 'fail')?.remedy).toContain('namePrefix');
  });
});

describe('a planted problem', () => {
  it.each([...plantedInFull, ...plantedInVpc, ...plantedOnCluster])(
    '$name: $id is $status',
    ({ id, status, mode, base, account, facts }) => {
      const wanted: Wanted = sampleWanted(mode, base, account);
      const healthy = healthyFacts(wanted);
      const broken = { ...healthy, ...(typeof facts === 'function' ? facts(healthy) : facts) };
      const check = allChecks(broken, wanted, now).find((each) => each.id === id);
      expect(check).toMatchObject({ id, status });
      expect(check?.remedy).not.toBe('');
    },
  );
});

describe('an interrupted run of the same install', () => {
  const wanted = sampleWanted();
  const facts = healthyFacts(wanted);
  const halfway: Facts = {
    ...facts,
    named: [seen([{ kind: 'role', name: 'lf-acme-runner', tags: ours }])],
    bucket: seen({ state: 'there', tags: ours }),
    use: {
      ...facts.use,
      vpcs: seen([...many(4, { id: 'vpc', tags: {} }), { id: 'vpc-ours', tags: ours }]),
      addresses: seen([...many(4, { tags: {} }), { tags: ours }]),
      clusters: seen(['lf-acme']),
      instances: seen(many(30, { instanceType: 'm6i.large', vcpus: 2, tags: ours })),
    },
  };

  it('is no collision, and takes no quota away', () => {
    expect(allChecks(halfway, wanted, now).filter(({ status }) => status !== 'pass')).toEqual([]);
  });

  it('of another install would be both', () => {
    const other = sampleWanted('full', { installId: 'other', namePrefix: 'lf-acme' }, { installId: 'other' });
    const failed = allChecks(halfway, other, now).filter(({ status }) => status === 'fail');
    expect(failed.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['names', 'state-bucket', 'quota-vpcs', 'quota-addresses', 'quota-vcpus']),
    );
  });
});

describe('the way out in mode vpc', () => {
  it('may be missing where endpoints and a private link are there', () => {
    const link = { kind: 'privatelink', serviceName: 'com.amazonaws.vpce.eu-central-1.vpce-svc-01' };
    const wanted = sampleWanted('vpc', { controlPlaneLink: link });
    const names = ['ecr.api', 'ecr.dkr', 'sts', 'logs', 'ec2', 'eks', 'eks-auth', 'kms', 's3'];
    const endpoints = names.map((name) => ({ service: `com.amazonaws.eu-central-1.${name}`, state: 'available' }));
    const facts = { ...healthyFacts(wanted), ...vpc({ waysOut: closed, endpoints }) };
    expect(allChecks(facts, wanted, now).filter(({ status }) => status === 'fail')).toEqual([]);
    const without = { ...healthyFacts(wanted), ...vpc({ waysOut: closed, endpoints: endpoints.slice(1) }) };
    expect(allChecks(without, wanted, now).find(({ id }) => id === 'vpc-endpoints')?.found).toBe('missing: ecr.api');
  });
});

describe('the exit code', () => {
  it.each([
    [['pass', 'warn'], 0],
    [['pass', 'not-visible', 'warn'], 2],
    [['not-visible', 'fail'], 1],
  ] as const)('%j is %i', (statuses, code) => {
    expect(exitCodeOf(statuses.map((status) => ({ status })))).toBe(code);
  });
});

describe('looking', () => {
  it('takes a refusal for nothing but a refusal', async () => {
    const refused = Object.assign(new Error('not you'), { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } });
    const fact = await look(['iam:GetRole'], () => Promise.reject(refused));
    expect(fact).toEqual({ seen: false, why: 'AccessDenied: not you', calls: ['iam:GetRole'] });
    expect(every([seen(1), fact]).seen).toBe(false);
  });
});
