import * as z from 'zod';
import { type ExpressionScope, type JobComponent, jsonObjectSchema, resolveObject } from '../../../contract/index.ts';
import type { KubeObject } from '../../kubernetes/index.ts';
import type { Mirror } from '../../ports.ts';
import { fingerprintOf } from '../fingerprint.ts';
import { componentLabel, managedBy, managedByLabel } from '../marks.ts';
import { renderObject, type RenderParts } from '../render-object.ts';

/** `run`: what must succeed once. `name`: of the Job of this attempt at it. */
export type DesiredJob = { component: JobComponent; run: string; name: string; object: KubeObject };

/** On the Job: which run it is an attempt at. */
export const runLabel = 'landfall.dev/run';
/** On the Job: how long it is kept after its end, in seconds. */
export const keepAnnotation = 'landfall.dev/keep-seconds';

const templateSchema = z.looseObject({
  metadata: z.looseObject({ labels: z.record(z.string(), z.string()).optional() }).optional(),
  spec: jsonObjectSchema,
});

const completeSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  spec: z.looseObject({ template: z.unknown() }),
});

/**
 * The same run may be tried again for another target (a later release, other inputs); for one target there is one attempt, under one name: a
 * runner that was killed finds it again.
 */
export function desiredJob(
  parts: RenderParts & { mirror: Pick<Mirror, 'referenceOf'> },
  component: JobComponent,
  scope: ExpressionScope,
  target: { release: string; inputs: string },
): DesiredJob {
  const { namespace, retries, timeoutSeconds, keepSeconds } = component;
  const images = Object.fromEntries(
    component.images.map((image) => [image.reference, parts.mirror.referenceOf(image.artifact)]),
  );
  const { metadata, spec } = templateSchema.parse(resolveObject(component.template, scope));
  const labels = { [managedByLabel]: managedBy, [componentLabel]: component.name };
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: component.name, namespace, labels },
    spec: {
      backoffLimit: retries,
      activeDeadlineSeconds: timeoutSeconds,
      // A try begins when the one before has ended, never beside it.
      podReplacementPolicy: 'Failed',
      template: {
        metadata: { ...metadata, labels: { ...metadata?.labels, ...labels } },
        spec: { restartPolicy: 'Never', ...spec },
      },
    },
  };
  const complete = completeSchema.parse(renderObject(jsonObjectSchema.parse(job), images, parts));
  // How often and how long it is tried does not make it another run.
  const content = { namespace, template: complete.spec.template };
  const run = fingerprintOf(component.runOn === 'release' ? { release: target.release } : content);
  const name = `${component.name}-${fingerprintOf({ run, content, target }).slice(0, 10)}`;
  const marks = {
    labels: { ...labels, [runLabel]: run },
    // Its time to live is set only when its outcome is remembered: till then the Job is the memory.
    annotations: { [keepAnnotation]: String(keepSeconds) },
  };
  return { component, run, name, object: { ...complete, metadata: { name, namespace, ...marks } } };
}
