import { describe, expect, it } from 'vitest';
import { kubeObjectSchema } from '../kubernetes/index.ts';
import { healthOf } from './index.ts';

const health = (kind: string, spec: object, status: object | undefined, generation = 2) =>
  healthOf(
    kubeObjectSchema.parse({
      apiVersion: 'v1',
      kind,
      metadata: { name: 'x', generation },
      spec,
      ...(status === undefined ? {} : { status }),
    }),
  ).state;
const seen = { observedGeneration: 2 };
const full = { ...seen, replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };

describe('the health of an object', () => {
  const table: [string, string, string, object, object | undefined][] = [
    ['a Deployment without status', 'progressing', 'Deployment', {}, undefined],
    [
      'a Deployment whose change is not seen yet',
      'progressing',
      'Deployment',
      { replicas: 2 },
      { ...full, observedGeneration: 1 },
    ],
    ['a Deployment with all pods', 'healthy', 'Deployment', { replicas: 2 }, full],
    ['a Deployment with old pods left', 'progressing', 'Deployment', { replicas: 2 }, { ...full, replicas: 3 }],
    ['a Deployment with one pod ready', 'progressing', 'Deployment', { replicas: 2 }, { ...full, readyReplicas: 1 }],
    ['a Deployment scaled to none', 'healthy', 'Deployment', { replicas: 0 }, seen],
    [
      'a Deployment that is stuck',
      'failed',
      'Deployment',
      { replicas: 2 },
      {
        ...full,
        readyReplicas: 0,
        conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }],
      },
    ],
    [
      'a StatefulSet with all pods',
      'healthy',
      'StatefulSet',
      { replicas: 2 },
      { ...full, currentRevision: 'a', updateRevision: 'a' },
    ],
    [
      'a StatefulSet in the middle of an update',
      'progressing',
      'StatefulSet',
      { replicas: 2 },
      { ...full, updatedReplicas: 1, currentRevision: 'a', updateRevision: 'b' },
    ],
    [
      'a DaemonSet on all nodes',
      'healthy',
      'DaemonSet',
      {},
      { ...seen, desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2 },
    ],
    [
      'a DaemonSet on one of two',
      'progressing',
      'DaemonSet',
      {},
      { ...seen, desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 1 },
    ],
    ['a Job that runs', 'progressing', 'Job', {}, { active: 1 }],
    ['a Job that is complete', 'healthy', 'Job', {}, { conditions: [{ type: 'Complete', status: 'True' }] }],
    ['a Job that failed', 'failed', 'Job', {}, { conditions: [{ type: 'Failed', status: 'True' }] }],
    ['a claim that waits for its first consumer', 'healthy', 'PersistentVolumeClaim', {}, { phase: 'Pending' }],
    ['a claim that lost its volume', 'failed', 'PersistentVolumeClaim', {}, { phase: 'Lost' }],
    [
      'a pod that is ready',
      'healthy',
      'Pod',
      {},
      { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
    ],
    ['a ConfigMap', 'healthy', 'ConfigMap', {}, undefined],
  ];
  it.each(table)('%s is %s', (_, expected, kind, spec, status) => {
    expect(health(kind, spec, status)).toBe(expected);
  });

  it('that is being deleted is not healthy', () => {
    const metadata = { name: 'x', deletionTimestamp: '2026-01-05T10:00:00Z' };
    expect(healthOf(kubeObjectSchema.parse({ kind: 'ConfigMap', metadata })).state).toBe('progressing');
  });
});
