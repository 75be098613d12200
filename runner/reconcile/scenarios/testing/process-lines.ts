import * as z from 'zod';
import { desiredStateSchema, digestSchema, releaseSchema, runnerPolicySchema } from '../../../../contract/index.ts';
import { effectKinds } from '../../../effects/index.ts';

const registry = z.object({ host: z.string(), username: z.string(), password: z.string() });

/** What a runner process is given, as a file. */
export const processSchema = z.object({
  kubeconfig: z.string(),
  namespace: z.string(),
  product: z.string(),
  workDir: z.string(),
  prefix: z.string(),
  helm: z.string(),
  tofu: z.string(),
  postRender: z.string(),
  vendor: registry,
  own: registry,
  caPem: z.string(),
  bucket: z.string(),
  terraformEnv: z.record(z.string(), z.string()),
  policy: runnerPolicySchema,
  state: z.object({
    desired: desiredStateSchema,
    release: releaseSchema.nullable(),
    releaseDigest: digestSchema.nullable(),
  }),
  passes: z.number(),
  killAt: z.object({ kind: z.enum(effectKinds), when: z.enum(['before', 'during', 'after']) }).optional(),
  /** Is there as soon as a module that can be held is in the middle of its apply. */
  applying: z.string(),
});

export type RunnerProcess = z.input<typeof processSchema>;

const ended = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('done') }),
  z.object({ kind: z.literal('superseded') }),
  z.object({
    kind: z.literal('waiting'),
    reason: z.string(),
    message: z.string(),
    until: z.iso
      .datetime()
      .nullable()
      .transform((text) => (text === null ? null : new Date(text))),
  }),
]);

/** What it says, line by line. */
export const lineSchema = z.union([
  z.object({ helm: z.string() }),
  z.object({ tofu: z.string() }),
  z.object({ passed: z.string() }),
  z.object({ told: z.string() }),
  z.object({ ended }),
]);

export type ProcessLine =
  { helm: string } | { tofu: string } | { passed: string } | { told: string } | { ended: object };
