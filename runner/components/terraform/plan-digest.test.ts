import { describe, expect, it } from 'vitest';
import { type PlanIdentity, planDigest } from './plan-digest.ts';
import { changeOf, clusterTo, nodeGroup } from '../../base/testing/plan-of.ts';

const plan: PlanIdentity = {
  changes: [clusterTo('1.35'), nodeGroup('large', ['delete'])],
  state: { lineage: 'l', serial: 7 },
  configuration: 'f',
};

describe('the digest that an approval binds to', () => {
  it('is the same for the same plan, in whatever order it is told and whatever it reads beside', () => {
    const read = { ...changeOf('aws_kms_key', ['read']), mode: 'data' };
    const again = [...plan.changes].reverse();
    expect(planDigest({ ...plan, changes: [read, changeOf('aws_vpc', ['no-op']), ...again] })).toBe(planDigest(plan));
  });

  it.each<[string, Partial<PlanIdentity>]>([
    ['a value of a change', { changes: [clusterTo('1.36'), nodeGroup('large', ['delete'])] }],
    ['one more change', { changes: [...plan.changes, nodeGroup('general', ['delete'])] }],
    [
      'something taken into the state',
      {
        changes: [
          ...plan.changes,
          { ...changeOf('aws_vpc', ['no-op']), change: { actions: ['no-op'], importing: { id: 'vpc-1' } } },
        ],
      },
    ],
    ['another verb', { changes: [clusterTo('1.35'), nodeGroup('large', ['delete', 'create'])] }],
    [
      'a value that is not known any more',
      { changes: [clusterTo('1.35'), changeOf('aws_eks_node_group', ['delete'])] },
    ],
    ['the state has moved on', { state: { lineage: 'l', serial: 8 } }],
    ['another state', { state: { lineage: 'm', serial: 7 } }],
    ['another configuration', { configuration: 'g' }],
  ])('is another one with %s', (_name, other) => {
    expect(planDigest({ ...plan, ...other })).not.toBe(planDigest(plan));
  });
});
