import * as z from 'zod';
import type { KubeObject } from '../kubernetes/index.ts';

const containers = z
  .array(
    z.looseObject({
      name: z.string().default(''),
      restartCount: z.number().default(0),
      state: z.looseObject({ waiting: z.looseObject({ reason: z.string().optional() }).optional() }).optional(),
    }),
  )
  .default([]);
const podSchema = z.looseObject({
  metadata: z.looseObject({
    labels: z.record(z.string(), z.string()).default({}),
    ownerReferences: z
      .array(z.looseObject({ kind: z.string(), name: z.string(), controller: z.boolean().optional() }))
      .default([]),
  }),
  spec: z
    .looseObject({
      volumes: z
        .array(z.looseObject({ persistentVolumeClaim: z.looseObject({ claimName: z.string() }).optional() }))
        .default([]),
    })
    .prefault({}),
  status: z
    .looseObject({
      phase: z.string().optional(),
      conditions: z
        .array(z.looseObject({ type: z.string(), status: z.string(), lastTransitionTime: z.string().optional() }))
        .default([]),
      initContainerStatuses: containers,
      containerStatuses: containers,
    })
    .prefault({}),
});
export type SeenPod = z.infer<typeof podSchema>;

/** So many restarts are bad luck, more are a loop. */
const fewRestarts = 3;

export function readPod(object: KubeObject): SeenPod | null {
  const parsed = podSchema.safeParse(object);
  return parsed.success && object.metadata.deletionTimestamp === undefined ? parsed.data : null;
}

/** The workload that makes it anew, `Deployment web`; null: nobody would, and it is left alone. */
export function workloadOfPod({ metadata }: SeenPod): string | null {
  const owner = metadata.ownerReferences.find(({ controller }) => controller === true);
  if (owner === undefined) return null;
  if (owner.kind !== 'ReplicaSet') return `${owner.kind} ${owner.name}`;
  // A Deployment names its ReplicaSets `<its own name>-<hash of the template>`.
  const hash = `-${metadata.labels['pod-template-hash'] ?? ''}`;
  return hash !== '-' && owner.name.endsWith(hash) ? `Deployment ${owner.name.slice(0, -hash.length)}` : null;
}

/** The containers that crash again and again. */
export function crashing({ status }: SeenPod): string[] {
  return [...status.initContainerStatuses, ...status.containerStatuses]
    .filter(({ state, restartCount }) => state?.waiting?.reason === 'CrashLoopBackOff' && restartCount >= fewRestarts)
    .map(({ name }) => name);
}

/** Since when it has a node and its containers are not even created, in milliseconds since the epoch; null: they are. */
export function creatingSince({ status }: SeenPod): number | null {
  if (status.phase !== 'Pending') return null;
  const all = [...status.initContainerStatuses, ...status.containerStatuses];
  const creating = all.every(({ state }) =>
    ['ContainerCreating', 'PodInitializing'].includes(state?.waiting?.reason ?? 'ContainerCreating'),
  );
  const placed = status.conditions.find(({ type }) => type === 'PodScheduled');
  if (!creating || placed?.status !== 'True' || placed.lastTransitionTime === undefined) return null;
  const since = Date.parse(placed.lastTransitionTime);
  return Number.isNaN(since) ? null : since;
}

export function claimsOf({ spec }: SeenPod): string[] {
  return spec.volumes.flatMap(({ persistentVolumeClaim: claim }) => (claim === undefined ? [] : [claim.claimName]));
}
