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
  /** A folder beside landfall.yaml; required unless `baseLayer`. */
  module: z.string().min(1).max(512).optional(),
  /** This component is Landfall's own base layer (network, cluster, registry), in the version of the `landfall` that builds the release. */
  baseLayer: z.literal(true).optional(),
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
    .max(200)
    .superRefine((components, context) => {
      const refuse = (index: number, field: string, message: string): void =>
        context.addIssue({ code: 'custom', path: [index, field], message });
      let bases = 0;
      for (const [index, component] of components.entries()) {
        if (component.kind !== 'terraform') continue;
        if (component.baseLayer !== true) {
          if (component.module === undefined) refuse(index, 'module', 'expected a folder beside landfall.yaml');
          continue;
        }
        bases += 1;
        if (bases > 1) refuse(index, 'baseLayer', 'there is only one base layer');
        if (component.module !== undefined) refuse(index, 'module', "the base layer's module comes with landfall");
        if (Object.keys(component.variables).length > 0) {
          refuse(index, 'variables', "the base layer's variables are the install's, not the product's");
        }
        if (component.rollback === 'previous') refuse(index, 'rollback', 'the base layer does not go back');
      }
    }),
});

export type ProductFile = z.infer<typeof productFileSchema>;
export type ProductFileComponent = ProductFile['components'][number];
