import { healthOf } from '../health/index.ts';
import { isNotThere, type KubeObject, type Kubernetes, type ObjectRef } from '../kubernetes/index.ts';
import { attachmentTrouble } from './attachments.ts';
import { claimsOf, crashing, creatingSince, readPod, workloadOfPod } from './pods.ts';
import type { Trouble } from './trouble.ts';

/** A component that is not healthy, and what it is made of. */
export type Patient = { name: string; refs: readonly ObjectRef[] };
export type TroublesSeen = {
  troubles: Trouble[];
  /** When a pod will have been stuck for long enough; null: none is. */ until: Date | null;
};

/** A volume takes a while to be detached and attached; Kubernetes itself gives up waiting for a node that is gone after six minutes. */
export const stuckAfterMs = 180_000;

/** Asked only of components that are told unhealthy: what is well costs nothing. */
export async function observeTroubles(
  kubernetes: Kubernetes,
  patients: readonly Patient[],
  now: Date,
  signal: AbortSignal,
): Promise<TroublesSeen> {
  const owners = new Map(patients.flatMap(({ name, refs }) => refs.map((ref) => [placeOf(ref), name] as const)));
  const namespaces = new Set(patients.flatMap(({ refs }) => refs.flatMap(({ namespace }) => namespace ?? [])));
  const troubles: Trouble[] = [];
  const times: number[] = [];
  for (const namespace of namespaces) {
    const { items } = await kubernetes.list({ apiVersion: 'v1', kind: 'Pod', namespace, signal });
    for (const object of items) {
      const pod = readPod(object);
      const made = pod === null ? null : workloadOfPod(pod);
      if (pod === null || made === null) continue;
      const [kind = '', name = ''] = made.split(' ');
      const component = owners.get(`${kind} ${namespace}/${name}`);
      if (component === undefined) continue;
      const about = { component, workload: `${kind} ${namespace}/${name}`, object: exactly(object, namespace) };
      const loops = crashing(pod);
      if (loops.length > 0) {
        const message = `pod ${object.metadata.name}: ${loops.join(', ')} crashes again and again`;
        troubles.push({ kind: 'crash-loop', ...about, message });
      }
      const since = creatingSince(pod);
      if (since === null || claimsOf(pod).length === 0) continue;
      const stuckAt = since + stuckAfterMs;
      if (now.getTime() < stuckAt) {
        times.push(stuckAt);
        continue;
      }
      const found = await attachmentTrouble(
        kubernetes,
        { namespace, name: object.metadata.name },
        claimsOf(pod),
        signal,
      );
      if (found === null) {
        times.push(now.getTime() + stuckAfterMs);
        continue;
      }
      const message = `pod ${object.metadata.name}: ${found.why}`;
      const attachment = found.attachment === null ? {} : { attachment: found.attachment };
      troubles.push({ kind: 'stuck-attachment', ...about, message, ...attachment });
    }
  }
  troubles.push(...(await failedJobs(kubernetes, patients, signal)));
  return { troubles, until: times.length === 0 ? null : new Date(Math.min(...times)) };
}

async function failedJobs(
  kubernetes: Kubernetes,
  patients: readonly Patient[],
  signal: AbortSignal,
): Promise<Trouble[]> {
  const troubles: Trouble[] = [];
  for (const { name: component, refs } of patients) {
    for (const ref of refs.filter(({ apiVersion, kind }) => apiVersion === 'batch/v1' && kind === 'Job')) {
      const job = await kubernetes.get(ref, { signal }).catch((error: unknown) => {
        if (isNotThere(error)) return null;
        throw error;
      });
      if (job === null) continue;
      const health = healthOf(job);
      if (health.state !== 'failed') continue;
      const namespace = ref.namespace ?? '';
      const object = exactly(job, namespace);
      troubles.push({ kind: 'failed-job', component, workload: placeOf(ref), object, message: health.message });
    }
  }
  return troubles;
}

function exactly({ apiVersion, kind, metadata }: KubeObject, namespace: string): Trouble['object'] {
  return { apiVersion, kind, namespace, name: metadata.name, uid: metadata.uid ?? '' };
}

function placeOf({ kind, namespace, name }: ObjectRef): string {
  return `${kind} ${namespace ?? ''}/${name}`;
}
