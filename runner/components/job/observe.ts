import * as z from 'zod';
import type { KubeObject, Kubernetes } from '../../kubernetes/index.ts';
import { componentLabel } from '../marks.ts';
import { runLabel } from './desired.ts';

export type SeenJob = {
  name: string;
  run: string;
  /** `going`: it is being deleted, and may still have pods. */
  state: 'running' | 'succeeded' | 'failed' | 'going';
  /** Why it failed. */
  message: string;
  /** It will be deleted by the cluster some time after its end. */
  expires: boolean;
  object: KubeObject;
};

const jobSchema = z.looseObject({
  spec: z.looseObject({ ttlSecondsAfterFinished: z.number().optional() }),
  status: z
    .looseObject({
      conditions: z
        .array(
          z.looseObject({
            type: z.string(),
            status: z.string(),
            reason: z.string().default(''),
            message: z.string().default(''),
          }),
        )
        .default([]),
    })
    .prefault({}),
});

/** Every Job of the component that is in the cluster, whichever release it was of. */
export async function observeJobs(
  kubernetes: Kubernetes,
  component: string,
  namespace: string,
  signal: AbortSignal,
): Promise<SeenJob[]> {
  const labelSelector = `${componentLabel}=${component}`;
  const { items } = await kubernetes.list({ apiVersion: 'batch/v1', kind: 'Job', namespace, labelSelector, signal });
  return items.map((object) => seenJob(object));
}

function seenJob(object: KubeObject): SeenJob {
  const { spec, status } = jobSchema.parse(object);
  const met = (type: string) => status.conditions.find((each) => each.type === type && each.status === 'True');
  const { metadata } = object;
  const failed = met('Failed');
  const state =
    met('Complete') !== undefined
      ? 'succeeded'
      : metadata.deletionTimestamp !== undefined
        ? 'going'
        : failed === undefined
          ? 'running'
          : 'failed';
  return {
    name: metadata.name,
    run: metadata.labels?.[runLabel] ?? '',
    state,
    message: failed === undefined ? '' : `${failed.reason}: ${failed.message}`,
    expires: spec.ttlSecondsAfterFinished !== undefined,
    object,
  };
}

export function isBusy({ state }: Pick<SeenJob, 'state'>): boolean {
  return state === 'running' || state === 'going';
}
