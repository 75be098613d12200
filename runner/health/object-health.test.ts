import { describe, expect, it } from 'vitest';
import { kubeObjectSchema } from '../kubernetes/index.ts';
import { healthOf } from './index.ts';

const apiVersions: Record<string, string> = {
  Deployment: 'apps/v1',
  ReplicaSet: 'apps/v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
  Job: 'batch/v1',
  CronJob: 'batch/v1',
  CustomResourceDefinition: 'apiextensions.k8s.io/v1',
  APIService: 'apiregistration.k8s.io/v1',
  Topic: 'shop.example/v1',
  Gateway: 'gateway.networking.k8s.io/v1',
};
const health = (kind: string, spec: object, status: object | undefined, generation = 2) =>
  healthOf(
    kubeObjectSchema.parse({
      apiVersion: apiVersions[kind] ?? 'v1',
      kind,
      metadata: { name: 'x', generation },
      spec,
      ...(status === undefined ? {} : { status }),
    }),
  );
const seen = { observedGeneration: 2 };
const full = { ...seen, replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };
const two = { replicas: 2 };
const is = (type: string, status: string, more: object = {}) => ({ conditions: [{ type, status, ...more }] });
const everywhere = {
  ...seen,
  desiredNumberScheduled: 2,
  currentNumberScheduled: 2,
  updatedNumberScheduled: 2,
  numberAvailable: 2,
};
const crashing = [{ name: 'c', state: { waiting: { reason: 'CrashLoopBackOff' } } }];

type Row = [what: string, expected: string, kind: string, spec: object, status: object | undefined];

describe("the health of Kubernetes' own kinds", () => {
  const table: Row[] = [
    ['a Deployment without status', 'progressing', 'Deployment', {}, undefined],
    ['a Deployment whose change is not seen', 'progressing', 'Deployment', two, { ...full, observedGeneration: 1 }],
    ['a Deployment with all pods', 'healthy', 'Deployment', two, full],
    ['a Deployment with pods not updated yet', 'progressing', 'Deployment', two, { ...full, updatedReplicas: 1 }],
    ['a Deployment with old pods left', 'progressing', 'Deployment', two, { ...full, replicas: 3 }],
    ['a Deployment with one pod ready', 'progressing', 'Deployment', two, { ...full, readyReplicas: 1 }],
    [
      'a Deployment with one pod ready too shortly',
      'progressing',
      'Deployment',
      two,
      { ...full, availableReplicas: 1 },
    ],
    ['a Deployment that is not available', 'progressing', 'Deployment', two, { ...full, ...is('Available', 'False') }],
    ['a Deployment scaled to none', 'healthy', 'Deployment', { replicas: 0 }, seen],
    [
      'a Deployment that is stuck',
      'failed',
      'Deployment',
      two,
      { ...full, readyReplicas: 0, ...is('Progressing', 'False', { reason: 'ProgressDeadlineExceeded' }) },
    ],
    ['a ReplicaSet with all pods', 'healthy', 'ReplicaSet', two, { ...full, fullyLabeledReplicas: 2 }],
    [
      'a ReplicaSet that may not make pods',
      'progressing',
      'ReplicaSet',
      two,
      { ...full, ...is('ReplicaFailure', 'True') },
    ],
    [
      'a ReplicaSet with a pod too many',
      'progressing',
      'ReplicaSet',
      two,
      { ...full, replicas: 3, fullyLabeledReplicas: 3 },
    ],
    [
      'a StatefulSet with all pods',
      'healthy',
      'StatefulSet',
      two,
      { ...full, currentRevision: 'a', updateRevision: 'a' },
    ],
    [
      'a StatefulSet in the middle of an update',
      'progressing',
      'StatefulSet',
      two,
      { ...full, updatedReplicas: 1, currentRevision: 'a', updateRevision: 'b' },
    ],
    [
      'a StatefulSet updated up to its partition',
      'healthy',
      'StatefulSet',
      { ...two, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } } },
      { ...full, updatedReplicas: 1, currentRevision: 'a', updateRevision: 'b' },
    ],
    [
      'a StatefulSet that is scaled down',
      'progressing',
      'StatefulSet',
      { replicas: 1 },
      { ...full, currentRevision: 'a', updateRevision: 'a' },
    ],
    ['a StatefulSet that is updated by hand', 'healthy', 'StatefulSet', { updateStrategy: { type: 'OnDelete' } }, seen],
    ['a DaemonSet on all nodes', 'healthy', 'DaemonSet', {}, everywhere],
    [
      'a DaemonSet that is not scheduled everywhere',
      'progressing',
      'DaemonSet',
      {},
      { ...everywhere, currentNumberScheduled: 1 },
    ],
    ['a DaemonSet on one of two', 'progressing', 'DaemonSet', {}, { ...everywhere, numberAvailable: 1 }],
    ['a DaemonSet updated on one of two', 'progressing', 'DaemonSet', {}, { ...everywhere, updatedNumberScheduled: 1 }],
    [
      'a DaemonSet that is updated by hand',
      'healthy',
      'DaemonSet',
      { updateStrategy: { type: 'OnDelete' } },
      { ...everywhere, updatedNumberScheduled: 0 },
    ],
    ['a Job that runs', 'progressing', 'Job', {}, { active: 1 }],
    ['a Job that is complete', 'healthy', 'Job', {}, is('Complete', 'True')],
    ['a Job that failed', 'failed', 'Job', {}, is('Failed', 'True')],
    ['a Job that is suspended', 'healthy', 'Job', { suspend: true }, {}],
    ['a CronJob', 'healthy', 'CronJob', {}, undefined],
    ['a claim that waits for its first consumer', 'healthy', 'PersistentVolumeClaim', {}, { phase: 'Pending' }],
    ['a claim that lost its volume', 'failed', 'PersistentVolumeClaim', {}, { phase: 'Lost' }],
    ['a pod that is ready', 'healthy', 'Pod', {}, { phase: 'Running', ...is('Ready', 'True') }],
    ['a pod that has done its work', 'healthy', 'Pod', {}, { phase: 'Succeeded' }],
    ['a pod that failed', 'failed', 'Pod', {}, { phase: 'Failed' }],
    ['a pod that crashes again and again', 'failed', 'Pod', {}, { phase: 'Running', containerStatuses: crashing }],
    ['a pod whose init container crashes', 'failed', 'Pod', {}, { phase: 'Pending', initContainerStatuses: crashing }],
    ['a pod without a node', 'progressing', 'Pod', {}, { phase: 'Pending', ...is('PodScheduled', 'False') }],
    ['a definition that is established', 'healthy', 'CustomResourceDefinition', {}, is('Established', 'True')],
    ['a definition that is new', 'progressing', 'CustomResourceDefinition', {}, undefined],
    ['a definition whose names are taken', 'failed', 'CustomResourceDefinition', {}, is('NamesAccepted', 'False')],
    ['an APIService that answers', 'healthy', 'APIService', {}, is('Available', 'True')],
    ['an APIService that does not', 'progressing', 'APIService', {}, is('Available', 'False')],
    ['a ConfigMap', 'healthy', 'ConfigMap', {}, undefined],
  ];
  it.each(table)('%s is %s', (_, expected, kind, spec, status) => {
    expect(health(kind, spec, status).state).toBe(expected);
  });

  it('says why pods cannot be made', () => {
    const quota = { ...seen, ...is('ReplicaFailure', 'True', { message: 'exceeded quota' }) };
    expect(health('Deployment', two, quota)).toEqual({
      state: 'progressing',
      message: 'Deployment x: 0 of 2 pods updated: exceeded quota',
    });
  });
});

describe('the health of a custom resource', () => {
  const table: Row[] = [
    ['without a status', 'healthy', 'Topic', {}, undefined],
    ['whose status is none that is known', 'healthy', 'Topic', {}, { conditions: 'many', observedGeneration: 'two' }],
    ['that is ready', 'healthy', 'Topic', {}, { ...seen, ...is('Ready', 'True') }],
    ['that is not ready', 'progressing', 'Topic', {}, { ...seen, ...is('Ready', 'False') }],
    ['of which nobody knows', 'progressing', 'Topic', {}, { ...seen, ...is('Ready', 'Unknown') }],
    ['whose change is not seen', 'progressing', 'Topic', {}, { observedGeneration: 1, ...is('Ready', 'True') }],
    ['that was ready before its change', 'progressing', 'Topic', {}, is('Ready', 'True', { observedGeneration: 1 })],
    ['that is stalled', 'failed', 'Topic', {}, { ...seen, ...is('Stalled', 'True', { message: 'no broker' }) }],
    ['that was stalled before its change', 'healthy', 'Topic', {}, is('Stalled', 'True', { observedGeneration: 1 })],
    ['that is not stalled', 'healthy', 'Topic', {}, { ...seen, ...is('Stalled', 'False') }],
    ['on its way', 'progressing', 'Topic', {}, { ...seen, ...is('Reconciling', 'True') }],
    ["of a group that only looks like Kubernetes' own", 'progressing', 'Gateway', {}, is('Ready', 'False')],
  ];
  it.each(table)('%s is %s', (_, expected, kind, spec, status) => {
    expect(health(kind, spec, status).state).toBe(expected);
  });

  it("that is called as one of Kubernetes' own is not judged as it", () => {
    const job = { apiVersion: 'shop.example/v1', kind: 'Job', metadata: { name: 'x' }, status: {} };
    expect(healthOf(kubeObjectSchema.parse(job))).toEqual({ state: 'healthy' });
  });
});

it('that is being deleted is not healthy, whatever it says', () => {
  const metadata = { name: 'x', deletionTimestamp: '2026-01-05T10:00:00Z' };
  for (const object of [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata },
    { apiVersion: 'shop.example/v1', kind: 'Topic', metadata, status: is('Ready', 'True') },
  ])
    expect(healthOf(kubeObjectSchema.parse(object)).state).toBe('progressing');
});

describe('what a Deployment in the middle of an update says', () => {
  const update = { ...full, replicas: 3 };
  it.each([
    [
      'which pods do not come up, while old ones stay for them',
      update,
      'Deployment x: 1 of 3 pods not available, old ones stay',
    ],
    ['that only old ones are left', { ...update, availableReplicas: 3 }, 'Deployment x: old pods are still there'],
  ])('is %s', (_, status, message) => {
    expect(health('Deployment', two, status)).toEqual({ state: 'progressing', message });
  });
});
