import { z } from 'zod';
import { componentBase, helmSettings, terraformSettings } from './component.ts';
import { apiVersion } from './critical.ts';
import { inputsSchema } from './inputs.ts';
import { jsonObjectSchema } from './json.ts';
import { productNameSchema } from './names.ts';
import { permissionSchema } from './permission.ts';

const helmComponent = z.strictObject({
  kind: z.literal('helm'),
  ...componentBase,
  ...helmSettings,
  /** A folder beside landfall.yaml (`./charts/gateway`) or `oci://host/repository:version`. */
  chart: z.string().min(1).max(512),
});

const terraformComponent = z.strictObject({
  kind: z.literal('terraform'),
  ...componentBase,
  ...terraformSettings,
  /** A folder beside landfall.yaml. */
  module: z.string().min(1).max(512),
  permissions: z.array(permissionSchema).max(50).default([]),
});

/** `landfall.yaml`: strict, so that a typo is an error with its path and never a setting that silently does nothing. */
export const productFileSchema = z.strictObject({
  apiVersion: z.literal(apiVersion),
  kind: z.literal('Product'),
  metadata: z.strictObject({
    name: productNameSchema,
    title: z.string().min(1).max(120),
    description: z.string().max(1000).default(''),
  }),
  inputs: inputsSchema.strict().prefault({ schema: { type: 'object' } }),
  /** Inputs used to render the charts at build time, so that every image is found. */
  exampleInputs: jsonObjectSchema.default({}),
  /** Image references (by prefix) that are taken from an OCI layout folder instead of their registry. */
  imageSources: z.record(z.string(), z.string()).default({}),
  components: z
    .array(z.discriminatedUnion('kind', [helmComponent, terraformComponent]))
    .min(1)
    .max(200),
});

export type ProductFile = z.infer<typeof productFileSchema>;
export type ProductFileComponent = ProductFile['components'][number];
