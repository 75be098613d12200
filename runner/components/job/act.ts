import * as z from 'zod';
import { type Clock, describeError } from '../../../contract/index.ts';
import { waitUntil } from '../../health/index.ts';
import { type Kubernetes, refOf } from '../../kubernetes/index.ts';
import type { Effects, EventSink } from '../../ports.ts';
import { keepPodLogs } from '../keep-pod-logs.ts';
import { componentLabel } from '../marks.ts';
import { type DesiredJob, keepAnnotation } from './desired.ts';
import { isBusy, observeJobs, type SeenJob } from './observe.ts';

export type JobParts = { kubernetes: Kubernetes; effects: Effects; clock: Clock; events: EventSink };

/** A Job of that name that is there already is this very attempt: an earlier runner made it. */
export async function createJob({ kubernetes, effects }: JobParts, desired: DesiredJob, why: string): Promise<void> {
  const { object, name, component } = desired;
  await effects.run('job-create', { target: component.name, intent: `${name}: ${why}` }, (context) =>
    kubernetes.create(object, { signal: context.signal }),
  );
}

/** The cluster's own controller ends a Job that takes too long; it gets this much longer to do so. */
const graceSeconds = 120;

const deadlineSchema = z.looseObject({ spec: z.looseObject({ activeDeadlineSeconds: z.number().default(0) }) });

/** Waits until none of the Jobs runs any more, or is on its way out. */
export async function awaitJobs(
  parts: JobParts,
  desired: DesiredJob,
  jobs: readonly SeenJob[],
  signals: { stop: AbortSignal; superseded: AbortSignal },
): Promise<'ended' | 'late' | 'superseded'> {
  const { name: component, namespace } = desired.component;
  const names = new Set(jobs.map(({ name }) => name));
  const seconds = Math.max(...jobs.map(({ object }) => deadlineSchema.parse(object).spec.activeDeadlineSeconds));
  const timeoutMs = (seconds + graceSeconds) * 1000;
  const labelSelector = `${componentLabel}=${component}`;
  const targets = [{ apiVersion: 'batch/v1', kind: 'Job', namespace, labelSelector }];
  const ended = await waitUntil({ ...parts, targets, timeoutMs, ...signals }, async (signal) => {
    const now = await observeJobs(parts.kubernetes, component, namespace, signal);
    return now.some((job) => names.has(job.name) && isBusy(job)) ? null : true;
  });
  return typeof ended === 'object' ? 'ended' : ended;
}

/** Ended Jobs whose outcome is remembered get their time to live. */
export async function expireJobs(
  { kubernetes, effects }: Pick<JobParts, 'kubernetes' | 'effects'>,
  component: string,
  jobs: readonly SeenJob[],
): Promise<void> {
  const ended = jobs.filter(({ state, expires }) => !expires && (state === 'succeeded' || state === 'failed'));
  if (ended.length === 0) return;
  const intent = `let ${ended.map(({ name }) => name).join(', ')} be deleted in time`;
  await effects.run('job-expire', { target: component, intent }, async (context) => {
    for (const { object } of ended) {
      const keep = Number(object.metadata.annotations?.[keepAnnotation] ?? '86400');
      const patch = { spec: { ttlSecondsAfterFinished: Number.isInteger(keep) && keep >= 0 ? keep : 86_400 } };
      await kubernetes.patch(refOf(object), patch, { signal: context.signal });
    }
  });
}

/** The last tries, and not all eleven there may be. */
const mostPods = 3;
const createdSchema = z.looseObject({ creationTimestamp: z.string().default('') });

/** The end of what the Job's pods wrote, into the runner's log, which takes out what looks like a secret. Never fails: what is logged is not what counts. */
export async function keepLogs(parts: JobParts, desired: DesiredJob, job: string, signal: AbortSignal): Promise<void> {
  const { kubernetes, events } = parts;
  const { name: component, namespace } = desired.component;
  try {
    const labelSelector = `batch.kubernetes.io/job-name=${job}`;
    const { items } = await kubernetes.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector, signal });
    const pods = items
      .map((pod) => ({ pod, created: createdSchema.parse(pod.metadata).creationTimestamp }))
      .sort((a, b) => (a.created < b.created ? -1 : 1));
    for (const { pod } of pods.slice(-mostPods)) await keepPodLogs(parts, pod, { component, job }, signal);
  } catch (error) {
    signal.throwIfAborted();
    events.log('debug', `the log of ${job} cannot be read: ${describeError(error)}`, { component });
  }
}
