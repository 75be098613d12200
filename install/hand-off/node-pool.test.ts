import { expect, it } from 'vitest';
import { nodePool } from './node-pool.ts';

const autoLimits = { cpu: 48, memory_gib: 192 };

it('limits what Auto Mode may start together, since AWS’s own pools know no limit', () => {
  expect(nodePool({ mode: 'full', nodeProfile: 'auto', autoLimits })).toMatchObject({
    path: '/apis/karpenter.sh/v1/nodepools/landfall',
    object: { kind: 'NodePool', spec: { limits: { cpu: '48', memory: '192Gi' } } },
  });
});

it('is not made for node groups, nor on a customer’s cluster', () => {
  expect(nodePool({ mode: 'vpc', nodeProfile: 'node-groups', autoLimits })).toBeUndefined();
  expect(nodePool({ mode: 'cluster', nodeProfile: 'auto', autoLimits })).toBeUndefined();
});
