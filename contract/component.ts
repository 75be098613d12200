import * as z from 'zod';
import { healthSchema } from './health.ts';
import { jsonObjectSchema } from './json.ts';
import { componentNameSchema, kubernetesNameSchema as kubernetesName } from './names.ts';
import { terraformPlanSettings } from './terraform-limits.ts';

/** What all components share, in landfall.yaml and in a release. */
export const componentHead = {
  name: componentNameSchema,
  dependsOn: z.array(componentNameSchema).max(50).default([]),
  /** When it fails on the way forward: `rollback` (when nothing is said) takes the whole release back, `hold` leaves everything as it is until people decide. */
  onFailure: z.enum(['rollback', 'hold']).optional(),
};

/** What components share that are there for good, and are healthy or not. */
export const componentBase = { ...componentHead, health: healthSchema.prefault({}) };

export const terraformSettings = {
  variables: jsonObjectSchema.default({}),
  /** Outputs that other components may use; anything else stays in the state. */
  outputs: z
    .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]*$/))
    .max(50)
    .default([]),
  /** Terraform does not go back by default: a migration must be compatible with the release before it. */
  rollback: z.enum(['previous', 'forward-only']).default('forward-only'),
  /** Variable -> secret input whose value it gets. It is read from the cluster and stands in the engine's environment alone. */
  secretVariables: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]*$/), z.string().max(64))
    .refine((variables) => Object.keys(variables).length <= 50, 'expected at most 50 variables')
    .optional(),
  /** Sensitive ones among `outputs` go into this Secret, a key each; others are given `${components.c.outputs.o.name}` and `.key`. Absent: they stay in the state. */
  outputsSecret: z.object({ namespace: kubernetesName, name: kubernetesName }).optional(),
  /** Addresses: only these, and what they depend on, are planned and applied. */
  targets: z.array(z.string().min(1).max(300)).max(50).optional(),
  ...terraformPlanSettings,
  /** What others have changed is looked for by a refresh-only plan: not at all, told (so by default), or put back by a plan as any other. */
  drift: z.enum(['off', 'warn', 'correct']).optional(),
  /** How often, in minutes. Default: once a day. */
  driftEveryMinutes: z.number().int().min(5).max(10_080).optional(),
  /** When the component leaves the product: what it made stays (so by default), or is destroyed once the customer has approved that plan. */
  onRemove: z.enum(['keep', 'destroy']).optional(),
};

/** How Kubernetes objects that a product brings itself are applied: server-side, as one field manager. */
export const manifestsSettings = {
  /** For objects that live in a namespace and name none. Made when it is not there. */
  namespace: kubernetesName,
  /** Other namespaces that objects may be in; anything outside is refused. */
  namespaces: z.array(kubernetesName).max(50).default([]),
  /** A field that somebody else has set to another value: `overwrite` it, or `refuse` the release. */
  conflicts: z.enum(['overwrite', 'refuse']).default('overwrite'),
  /** Whether an object that was there before the component becomes part of it; else the release is refused. Never one of another component or of Helm. */
  takeOver: z.boolean().default(false),
  /** Fields changed by others, found while nothing else is to do: put them back, tell it, or do not look. Deleted objects are always put back. */
  drift: z.enum(['correct', 'warn', 'ignore']).default('correct'),
};

/** A Kubernetes Job that is run to its end: a migration, a smoke test. It never goes back: it must be compatible with the release before it. */
export const jobSettings = {
  namespace: kubernetesName,
  /** A pod template as in a Job: `spec.containers` and the rest. `restartPolicy` is `Never` unless it says otherwise. */
  template: jsonObjectSchema,
  /** `inputs`: again when template, images or what its expressions give has changed. `release`: once in every release. What has succeeded is never run again. */
  runOn: z.enum(['inputs', 'release']).default('inputs'),
  /** From the start of the Job to its end, all tries together. */
  timeoutSeconds: z.number().int().min(1).max(86_400).default(600),
  /** Further tries after the first. */
  retries: z.number().int().min(0).max(10).default(0),
  /** How long the Job and its pods are kept after the end, in seconds. */
  keepSeconds: z
    .number()
    .int()
    .min(0)
    .max(30 * 86_400)
    .default(86_400),
};
