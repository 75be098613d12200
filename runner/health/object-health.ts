import { z } from 'zod';
import type { KubeObject } from '../kubernetes/index.ts';

/** `missing`: what was applied has been deleted; waiting alone will not bring it back. */
export type Health =
  | { state: 'healthy' }
  | { state: 'progressing'; message: string; missing?: true }
  | { state: 'failed'; message: string };

const healthy: Health = { state: 'healthy' };
const progressing = (message: string): Health => ({ state: 'progressing', message });

const conditionsSchema = z
  .array(
    z.looseObject({
      type: z.string(),
      status: z.string(),
      reason: z.string().optional(),
      message: z.string().optional(),
    }),
  )
  .default([]);
const count = z.number().default(0);
const workloadSchema = z.looseObject({
  spec: z
    .looseObject({
      replicas: z.number().optional(),
      completions: z.number().optional(),
      suspend: z.boolean().optional(),
      updateStrategy: z.looseObject({ type: z.string().optional() }).optional(),
      type: z.string().optional(),
    })
    .default({}),
  status: z
    .looseObject({
      observedGeneration: z.number().optional(),
      replicas: count,
      updatedReplicas: count,
      readyReplicas: count,
      availableReplicas: count,
      desiredNumberScheduled: z.number().optional(),
      updatedNumberScheduled: count,
      numberAvailable: count,
      phase: z.string().optional(),
      conditions: conditionsSchema,
      currentRevision: z.string().optional(),
      updateRevision: z.string().optional(),
      loadBalancer: z.looseObject({ ingress: z.array(z.unknown()).optional() }).optional(),
    })
    .prefault({}),
});
type Workload = z.infer<typeof workloadSchema>;

/** Whether an object has become what its spec says, by the rules of kstatus (sigs.k8s.io/cli-utils, pkg/kstatus/status/core.go). */
export function healthOf(object: KubeObject): Health {
  const { kind, metadata } = object;
  const name = `${kind} ${metadata.name}`;
  if (metadata.deletionTimestamp !== undefined) return progressing(`${name} is being deleted`);
  const parsed = workloadSchema.safeParse(object);
  if (!parsed.success) return healthy; // Not a workload's status: nothing to wait for.
  const { status } = parsed.data;
  const generation = metadata.generation ?? 0;
  const unseen = `${name}: its controller has not seen the newest change yet`;
  if (status.observedGeneration !== undefined && status.observedGeneration < generation) return progressing(unseen);
  switch (kind) {
    case 'Deployment':
      return status.observedGeneration === undefined ? progressing(unseen) : deployment(name, parsed.data);
    case 'StatefulSet':
      return status.observedGeneration === undefined ? progressing(unseen) : statefulSet(name, parsed.data);
    case 'DaemonSet':
      return status.observedGeneration === undefined ? progressing(unseen) : daemonSet(name, parsed.data);
    case 'Job':
      return job(name, parsed.data);
    case 'PersistentVolumeClaim':
      // A claim that waits for its first consumer is bound only with its pod: the pod's owner is what counts.
      return status.phase === 'Lost' ? { state: 'failed', message: `${name} has lost its volume` } : healthy;
    case 'Pod':
      return pod(name, parsed.data);
    case 'CustomResourceDefinition':
      return conditionIs(status, 'Established', 'True') ? healthy : progressing(`${name} is not established yet`);
    default:
      return healthy;
  }
}

function deployment(name: string, { spec, status }: Workload): Health {
  const wanted = spec.replicas ?? 1;
  const stuck = status.conditions.find((c) => c.type === 'Progressing' && c.reason === 'ProgressDeadlineExceeded');
  if (stuck !== undefined)
    return { state: 'failed', message: `${name}: ${stuck.message ?? 'its progress deadline is exceeded'}` };
  if (status.updatedReplicas < wanted)
    return progressing(`${name}: ${status.updatedReplicas} of ${wanted} pods updated`);
  if (status.replicas > status.updatedReplicas) return progressing(`${name}: old pods are still there`);
  if (status.readyReplicas < wanted) return progressing(`${name}: ${status.readyReplicas} of ${wanted} pods ready`);
  if (status.availableReplicas < wanted)
    return progressing(`${name}: ${status.availableReplicas} of ${wanted} available`);
  return healthy;
}

function statefulSet(name: string, { spec, status }: Workload): Health {
  if (spec.updateStrategy?.type === 'OnDelete') return healthy;
  const wanted = spec.replicas ?? 1;
  if (status.readyReplicas < wanted) return progressing(`${name}: ${status.readyReplicas} of ${wanted} pods ready`);
  if (status.currentRevision !== status.updateRevision && status.updatedReplicas < wanted) {
    return progressing(`${name}: ${status.updatedReplicas} of ${wanted} pods updated`);
  }
  return healthy;
}

function daemonSet(name: string, { status }: Workload): Health {
  const wanted = status.desiredNumberScheduled;
  if (wanted === undefined) return progressing(`${name}: not scheduled yet`);
  if (status.updatedNumberScheduled < wanted)
    return progressing(`${name}: ${status.updatedNumberScheduled} of ${wanted} updated`);
  if (status.numberAvailable < wanted) return progressing(`${name}: ${status.numberAvailable} of ${wanted} available`);
  return healthy;
}

function job(name: string, { spec, status }: Workload): Health {
  const failed = status.conditions.find((c) => c.type === 'Failed' && c.status === 'True');
  if (failed !== undefined) return { state: 'failed', message: `${name}: ${failed.message ?? 'failed'}` };
  if (spec.suspend === true || conditionIs(status, 'Complete', 'True')) return healthy;
  return progressing(`${name} is not complete`);
}

function pod(name: string, { status }: Workload): Health {
  if (status.phase === 'Succeeded') return healthy;
  if (status.phase === 'Failed') return { state: 'failed', message: `${name} failed` };
  return conditionIs(status, 'Ready', 'True') ? healthy : progressing(`${name} is not ready`);
}

function conditionIs(status: Workload['status'], type: string, value: string): boolean {
  return status.conditions.some((condition) => condition.type === type && condition.status === value);
}
