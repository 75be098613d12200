import * as z from 'zod';
import { artifactSchema, releaseImageSchema } from './artifact.ts';
import { jobSettings, manifestsSettings } from './component.ts';
import { helmSettings } from './helm-settings.ts';
import { entityTypeNameSchema } from './entity.ts';
import { healthSchema } from './health.ts';
import { healthFileSchema } from './health-file.ts';
import { jsonObjectSchema } from './json.ts';
import { componentRights, strictComponentRights } from './rights.ts';

/** Without a hyphen: `<type>-<entity>-<component>` is one component's name and must mean one thing. */
const memberNameSchema = z
  .string()
  .regex(/^(?!cleanup$)[a-z0-9]{1,20}$/, 'expected lower-case letters and digits, at most 20, and not "cleanup"');
const namespace = manifestsSettings.namespace;

const memberHead = { name: memberNameSchema, dependsOn: z.array(memberNameSchema).max(10).default([]) };
const memberBase = { ...memberHead, health: healthSchema.prefault({}) };
const fileBase = { ...memberHead, health: healthFileSchema.prefault({}) };

/** What of a chart an entity has of its own; the Helm release is named after the entity. */
const helmMember = { namespace: helmSettings.namespace, values: helmSettings.values };

/**
 * A Kubernetes Secret of the customer's that the runner copies inside the cluster: the control plane knows where it is, never what it holds. The
 * customer allows it on their Secret (`landfall.dev/copy-to`), so that an entity cannot ask for any other.
 */
export const secretCopySettings = {
  namespace,
  /** Of the copy; expressions may stand in it. */
  secretName: z.string().min(1).max(253),
  /** Of the customer's; expressions may stand in both. */
  from: z.object({ namespace: z.string().min(1).max(253), name: z.string().min(1).max(253) }),
  /** Which keys are copied, by the name they get: `{ password: the-key-there }`. Empty: all, under their own names. */
  keys: z.record(z.string().regex(/^[-._A-Za-z0-9]{1,253}$/), z.string().min(1).max(253)).default({}),
};

/** Of a job: another one that undoes what it has done, run before what the job depends on goes. In the job's namespace. */
const { template, timeoutSeconds, retries } = jobSettings;
const undoSettings = { template, timeoutSeconds, retries };

/** What both a type in landfall.yaml and one in a release have. */
export const entityTypeHead = {
  name: entityTypeNameSchema,
  title: z.string().max(120).default(''),
  description: z.string().max(1000).default(''),
  /** Types whose entities are there first, and go last. */
  dependsOn: z.array(entityTypeNameSchema).max(20).default([]),
  /** JSON Schema (draft 2020-12) of an entity's `spec`; defaults in it are applied. */
  schema: jsonObjectSchema,
};

/** The components of a type in landfall.yaml. `${entity.name}` and `${entity.spec.x}` may stand beside every other expression. */
export const fileEntityMemberSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('manifests'),
    ...fileBase,
    ...manifestsSettings,
    ...strictComponentRights,
    manifests: z.string().min(1).max(512),
  }),
  z.strictObject({
    kind: z.literal('job'),
    ...memberHead,
    ...jobSettings,
    ...strictComponentRights,
    undo: z.strictObject(undoSettings).optional(),
  }),
  z.strictObject({
    kind: z.literal('helm'),
    ...fileBase,
    ...helmMember,
    ...strictComponentRights,
    chart: z.string().min(1).max(512),
  }),
  z.strictObject({ kind: z.literal('secret'), ...memberHead, ...secretCopySettings }),
]);

export const fileEntityTypeSchema = z.strictObject({
  ...entityTypeHead,
  /** A spec with everything on, with which the components are rendered at build time so that every image is found. */
  example: jsonObjectSchema.default({}),
  components: z.array(fileEntityMemberSchema).min(1).max(10),
  /** Runs when everything that an entity has made is gone; then the entity is. */
  cleanup: z.strictObject(jobSettings).optional(),
});

const images = z.array(releaseImageSchema).max(50);
const jobMember = z.object({
  kind: z.literal('job'),
  ...memberHead,
  ...jobSettings,
  ...componentRights,
  images,
  undo: z.object({ ...undoSettings, images }).optional(),
});

export const entityMemberSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('manifests'),
    ...memberBase,
    ...manifestsSettings,
    ...componentRights,
    manifests: artifactSchema,
    images,
  }),
  jobMember,
  z.object({
    kind: z.literal('helm'),
    ...memberBase,
    ...helmMember,
    ...componentRights,
    chart: artifactSchema,
    chartVersion: z.string().max(64),
    images,
  }),
  z.object({ kind: z.literal('secret'), ...memberHead, ...secretCopySettings }),
]);

/** A type as it stands in a release: everything that its entities will run is pinned. */
export const entityTypeSchema = z.object({
  ...entityTypeHead,
  /** In dependency order. */
  components: z.array(entityMemberSchema).min(1).max(10),
  cleanup: z.object({ ...jobSettings, images }).optional(),
});

export type FileEntityType = z.infer<typeof fileEntityTypeSchema>;
export type FileEntityMember = z.infer<typeof fileEntityMemberSchema>;
export type EntityType = z.infer<typeof entityTypeSchema>;
export type EntityMember = z.infer<typeof entityMemberSchema>;
