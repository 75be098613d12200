import * as z from 'zod';

/** Namespace and workload names: DNS labels (RFC 1123), at most 53 characters. */
const workloadName = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,51}[a-z0-9])?$/);

/** The longest expression; what is longer wants to be a condition of the controller. */
export const longestHealthExpression = 1000;
const expression = z.string().min(1).max(longestHealthExpression);

/** How one kind is judged, in CEL over `self`, the object as the API server gives it. Checked when a release is built. */
export const healthExpressionSchema = z.object({
  apiVersion: z
    .string()
    .max(253)
    .regex(/^(?:[a-z0-9.-]+\/)?v[a-z0-9]+$/),
  kind: z
    .string()
    .max(63)
    .regex(/^[A-Z][A-Za-z0-9]*$/),
  /** True: it is what it should be. Until then it is on its way. */
  healthy: expression,
  /** True: waiting is of no use. */
  failed: expression.optional(),
  /** True: it is on its way, whatever the other two say. */
  progressing: expression.optional(),
});

/** What the runner may do by itself about a component that is kept and not healthy. Each is bounded by `windowSeconds` and `most`, and by the customer's policy. */
export const remediesSchema = z.object({
  /** Delete a pod that crashes again and again, so that its controller makes a new one, perhaps elsewhere. */
  restartPods: z.boolean().default(true),
  /** Delete a Job that has failed and create it again, as it was. */
  rerunJobs: z.boolean().default(false),
  /** Delete a pod that cannot start because its volume is still attached to another node. Volumes are never touched. */
  recycleAttachments: z.boolean().default(true),
  /** The same workload is helped at most once in this time. */
  windowSeconds: z.number().int().min(60).max(86_400).default(3600),
  /** So many times for the same trouble; then a person is told. It counts anew once the trouble has been away for a whole window. */
  most: z.number().int().min(1).max(10).default(3),
});

export const healthSchema = z.object({
  /** How long a component may take from applied to healthy, in seconds. One that runs and is not healthy for so long is in error. */
  timeoutSeconds: z.number().int().min(1).max(7200).default(300),
  /** Workloads that must have this many ready pods on different nodes, where the cluster has that many nodes. */
  spreadOverNodes: z
    .array(z.object({ deployment: workloadName, minimum: z.number().int().min(1).max(100) }))
    .max(20)
    .default([]),
  /** For kinds that the built-in rules do not judge well; one for each kind. */
  expressions: z.array(healthExpressionSchema).max(20).default([]),
  /** How long a component that runs must be unhealthy before it is told so, in seconds. */
  unhealthyAfterSeconds: z.number().int().min(0).max(3600).default(30),
  /** How long one that was told unhealthy must be healthy before it is told to run again, in seconds. */
  healthyAfterSeconds: z.number().int().min(0).max(3600).default(0),
  remedies: remediesSchema.prefault({}),
});

export type HealthRules = z.infer<typeof healthSchema>;
export type RemedyRules = z.infer<typeof remediesSchema>;
export type HealthExpression = z.infer<typeof healthExpressionSchema>;
