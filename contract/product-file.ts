import * as z from 'zod';
import { componentBase, componentHead, jobSettings, manifestsSettings, terraformSettings } from './component.ts';
import { apiVersion } from './critical.ts';
import { digestSchema } from './digest.ts';
import { fileEntityTypeSchema } from './entity-type.ts';
import { healthFileSchema } from './health-file.ts';
import { helmSettings, problemsOfSources } from './helm-settings.ts';
import { inputsSchema } from './inputs.ts';
import { jsonObjectSchema } from './json.ts';
import { productNameSchema } from './names.ts';
import { permissionSchema } from './permission.ts';
import { platformNameSchema } from './platform.ts';
import { strictComponentRights } from './rights.ts';
import { mostComponents } from './limits.ts';

/** A chart of a chart repository (`index.yaml` over HTTPS), in exactly one version. */
const repositoryChart = z.strictObject({
  /** `https://charts.example.com/stable`: the folder that index.yaml lies in. */
  repository: z
    .string()
    .max(512)
    .regex(/^https?:\/\/[^\s?#@]+$/, 'expected https://host/path, without a login in it'),
  name: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,62}$/),
  /** Exact; no range. */
  version: z.string().regex(/^[0-9A-Za-z][0-9A-Za-z.+-]{0,63}$/, 'expected one exact version'),
  /** Of the chart's archive. Default: what index.yaml says at the time of the build. */
  digest: digestSchema.optional(),
});

const strictBase = { ...componentBase, health: healthFileSchema.prefault({}) };

const helmComponent = z.strictObject({
  kind: z.literal('helm'),
  ...strictBase,
  ...helmSettings,
  ...strictComponentRights,
  /** A folder beside landfall.yaml (`./charts/gateway`), `oci://host/repository:version[@sha256:...]`, or a chart of a chart repository. */
  chart: z.union([z.string().min(1).max(512), repositoryChart]),
  /** What `valuesFrom` may give: used when the chart is rendered at build time, so that every image is found. Not part of the release. */
  exampleValues: jsonObjectSchema.default({}),
});

const terraformComponent = z.strictObject({
  kind: z.literal('terraform'),
  ...strictBase,
  ...terraformSettings,
  /** A folder beside landfall.yaml; required unless `baseLayer`. */
  module: z.string().min(1).max(512).optional(),
  /** This component is Landfall's own base layer (network, cluster, registry), in the version of the `landfall` that builds the release. */
  baseLayer: z.literal(true).optional(),
  permissions: z.array(permissionSchema).max(50).default([]),
});

const manifestsComponent = z.strictObject({
  kind: z.literal('manifests'),
  ...strictBase,
  ...manifestsSettings,
  ...strictComponentRights,
  /** A folder or a file beside landfall.yaml: Kubernetes objects in YAML or JSON, in whose strings expressions may stand. */
  manifests: z.string().min(1).max(512),
});

const jobComponent = z.strictObject({
  kind: z.literal('job'),
  ...componentHead,
  ...jobSettings,
  ...strictComponentRights,
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
  /**
   * What the release must run on: `linux/amd64`, `linux/arm64`. Every image and provider must have them, and runners elsewhere refuse the release.
   * Default: providers for the platform of the machine that builds; images as they are.
   */
  platforms: z.array(platformNameSchema).min(1).max(8).optional(),
  /** Image references (by prefix) that are taken from an OCI layout (a folder or a tar file) instead of their registry. */
  imageSources: z.record(z.string(), z.string()).default({}),
  components: z
    .array(z.discriminatedUnion('kind', [helmComponent, terraformComponent, manifestsComponent, jobComponent]))
    .min(1)
    .max(mostComponents)
    .superRefine((components, context) => {
      const refuse = (index: number, field: string, message: string): void =>
        context.addIssue({ code: 'custom', path: [index, field], message });
      let bases = 0;
      for (const [index, component] of components.entries()) {
        if (component.kind === 'helm') {
          for (const problem of problemsOfSources(component, components)) refuse(index, 'valuesFrom', problem);
        }
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
  /** Types of what people create in an install: streams, connectors, batch jobs. */
  entityTypes: z
    .array(fileEntityTypeSchema)
    .max(50)
    .default([])
    .superRefine((types, context) => {
      const seen = new Set<string>();
      for (const [index, { name }] of types.entries()) {
        // Names in the cluster are in lower case.
        if (seen.has(name.toLowerCase()))
          context.addIssue({ code: 'custom', path: [index, 'name'], message: `two types are named ${name}` });
        seen.add(name.toLowerCase());
      }
    }),
});

export type ProductFile = z.infer<typeof productFileSchema>;
export type RepositoryChart = z.infer<typeof repositoryChart>;
export type ProductFileComponent = ProductFile['components'][number];
