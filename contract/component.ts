import { z } from 'zod';
import { jsonObjectSchema } from './json.ts';
import { componentNameSchema } from './names.ts';

/** Namespace and Helm release names: DNS labels (RFC 1123); Helm allows 53 characters. */
const kubernetesName = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,51}[a-z0-9])?$/);

export const healthSchema = z.object({
  /** How long a component may take from applied to healthy, in seconds. */
  timeoutSeconds: z.number().int().min(1).max(7200).default(300),
  /** Workloads that must have this many ready pods on different nodes, where the cluster has that many nodes. */
  spreadOverNodes: z
    .array(z.object({ deployment: kubernetesName, minimum: z.number().int().min(1).max(100) }))
    .max(20)
    .default([]),
});

/** What helm and terraform components share, in landfall.yaml and in a release. */
export const componentBase = {
  name: componentNameSchema,
  dependsOn: z.array(componentNameSchema).max(50).default([]),
  health: healthSchema.prefault({}),
};

/**
 * A value may hold expressions: `${inputs.x}`, `${secrets.x.name}`, `${secrets.x.key}`, `${components.c.outputs.o}`,
 * `${install.id}`, `${install.region}`, `${install.prefix}`. A string that is one expression keeps the value's type.
 */
export const helmSettings = {
  namespace: kubernetesName,
  releaseName: kubernetesName,
  values: jsonObjectSchema.default({}),
};

export const terraformSettings = {
  variables: jsonObjectSchema.default({}),
  /** Outputs that other components may use; anything else stays in the state. */
  outputs: z
    .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]*$/))
    .max(50)
    .default([]),
  /** Terraform does not go back by default: a migration must be compatible with the release before it. */
  rollback: z.enum(['previous', 'forward-only']).default('forward-only'),
};
