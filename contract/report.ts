import * as z from 'zod';
import { documentHead } from './critical.ts';
import { digestSchema } from './digest.ts';
import { componentNameSchema, installIdSchema, instantSchema, versionSchema } from './names.ts';
import { mostComponents } from './limits.ts';

export const componentStates = ['Unknown', 'Provisioned', 'Running', 'Error', 'ShuttingDown'] as const;
/**
 * `apply`: it is being brought to what is wanted. `await-health`: that is done, and its health is waited for. `keep`: it is as wanted, and kept
 * so. `wait`: for what is named. `remove`: it is not wanted any more. `stay`: it is newer than the rest and cannot go back. `hold`: it failed,
 * and people decide. `fail`: it cannot be brought to what is wanted. `pause`: it is left as it is, by the policy or the release. Of the install
 * alone: `back`, to the last good release; `idle`.
 */
export const decisionActions = [
  'apply',
  'await-health',
  'keep',
  'wait',
  'remove',
  'stay',
  'hold',
  'fail',
  'back',
  'pause',
  'idle',
] as const;
export const conditionTypes = [
  'Ready',
  'Reconciling',
  'Stalled',
  'Drifted',
  'Suspended',
  'Sealed',
  'SecretsKept',
] as const;

/** As Kubernetes' metav1.Condition. `message` is for a person and holds no values of inputs or secrets. */
export const conditionSchema = z.object({
  type: z.enum(conditionTypes),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,63}$/),
  message: z.string().max(2000),
  lastTransitionTime: instantSchema,
});

const observedRelease = z.object({ version: versionSchema, digest: digestSchema });

export const waitingDetailsSchema = z.object({
  permissions: z
    .array(
      z.object({
        sid: z.string().max(64),
        actions: z.array(z.string().max(128)).max(64),
        resources: z.array(z.string().max(512)).max(64),
      }),
    )
    .max(100)
    .optional(),
  /** For `RightsNeeded`: what components need in the cluster and their accounts do not have. */
  rights: z
    .array(
      z.object({
        component: componentNameSchema,
        /** Empty: in the whole cluster. */
        namespace: z.string().max(63),
        apiGroup: z.string().max(253),
        resource: z.string().max(128),
        verbs: z.array(z.string().max(32)).max(20),
        reason: z.string().max(300),
      }),
    )
    .max(100)
    .optional(),
  updateUrl: z.string().max(2000).optional(),
  component: componentNameSchema.optional(),
  planDigest: digestSchema.optional(),
  changes: z.array(z.string().max(300)).max(50).optional(),
  releaseDigest: digestSchema.optional(),
  inputsDigest: digestSchema.optional(),
});

/** What the runner does about one component, or about the install as a whole, and why. */
export const decisionSchema = z.object({
  /** One of decisionActions, or what a newer runner has come to do. */
  action: z.string().regex(/^[a-z][a-z-]{0,31}$/),
  why: z.string().max(500),
  since: instantSchema,
});

export const componentReportSchema = z.object({
  name: componentNameSchema,
  kind: z.string().max(32),
  state: z.enum(componentStates),
  conditions: z.array(conditionSchema).max(10),
  /** The release whose definition of this component is applied now. */
  version: versionSchema.nullable(),
  /** Null from a runner that does not tell. */
  decision: decisionSchema.nullable().default(null),
});

const count = z.number().int().min(0);
const doneOf = z.object({ done: count, total: count });

/** A copy of a release into the customer's registry that is under way. Totals grow while manifests are read, until `known`. */
export const mirrorReportSchema = z.object({
  /** Artifacts: images, charts, modules, providers. */
  items: doneOf,
  blobs: doneOf,
  /** What was there already counts as done. */
  bytes: doneOf,
  known: z.boolean(),
  /** What moves, over the last seconds. */
  bytesPerSecond: count,
  /** Null: not to be said yet. */
  secondsLeft: count.nullable(),
});

/** What the runner says of itself and its install. The newest one replaces all before it. */
export const reportSchema = z.object({
  ...documentHead,
  kind: z.literal('Report'),
  install: installIdSchema,
  sequence: z.number().int().min(1),
  at: instantSchema,
  runner: z.object({
    version: z.string().max(64),
    /** Critical features this runner knows. */
    features: z.array(z.string().max(64)).max(64),
    bootId: z.uuid(),
    leaseEpoch: z.number().int().min(0),
  }),
  /** The desired state in force. */
  acceptedSequence: z.number().int().min(0),
  desired: observedRelease.nullable(),
  /** The release that is wholly applied; null before the first. */
  observed: observedRelease.nullable(),
  state: z.enum(componentStates),
  conditions: z.array(conditionSchema).max(10),
  /** What it waits for, in words a person can act on: a window, an approval, a registry. */
  waitingFor: z
    .object({
      reason: z.string().max(64),
      message: z.string().max(1000),
      /** For `PermissionsNeeded`: what is missing, and where to give it. For `ApprovalNeeded` and `CustomerDecides`: the component, its plan's digest and what it would do, or the release's digests. */
      details: waitingDetailsSchema.optional(),
    })
    .nullable(),
  components: z.array(componentReportSchema).max(mostComponents),
  /** About the install as a whole. */
  decision: decisionSchema.nullable().default(null),
  /** The latest ones, newest last; `component` null: about the install. */
  decisions: z
    .array(decisionSchema.extend({ component: componentNameSchema.nullable() }))
    .max(50)
    .default([]),
  /** Releases that failed here and are not tried again unasked. */
  denied: z.array(observedRelease.extend({ reason: z.string().max(1000), at: instantSchema })).max(20),
  /** Documents refused lately, with the code why. */
  refusals: z
    .array(z.object({ code: z.string().max(32), message: z.string().max(1000), at: instantSchema }))
    .max(20)
    .default([]),
  /** How the install's ending went (facts of the hand-off): what is gone, what is still there. */
  ending: z
    .object({ step: z.string().max(64), done: z.boolean(), message: z.string().max(1000) })
    .nullable()
    .default(null),
  /** Null: nothing is being copied. */
  mirror: mirrorReportSchema.nullable().default(null),
  trace: z.string().max(64).nullable().default(null),
});

/** What the runner leaves in its own cluster for people: the part of a report that is about the install. */
export const runnerStatusSchema = reportSchema
  .pick({
    acceptedSequence: true,
    desired: true,
    observed: true,
    state: true,
    conditions: true,
    waitingFor: true,
    components: true,
    decision: true,
    decisions: true,
    denied: true,
  })
  .extend({ at: instantSchema });

export type RunnerStatus = z.infer<typeof runnerStatusSchema>;
export type Decision = z.infer<typeof decisionSchema>;
export type DecisionAction = (typeof decisionActions)[number];
export type DecisionTaken = Report['decisions'][number];
export type ComponentState = (typeof componentStates)[number];
export type Condition = z.infer<typeof conditionSchema>;
export type ComponentReport = z.infer<typeof componentReportSchema>;
export type WaitingDetails = z.infer<typeof waitingDetailsSchema>;
export type MirrorReport = z.infer<typeof mirrorReportSchema>;
export type Report = z.infer<typeof reportSchema>;
