import * as z from 'zod';
import { documentHead } from './critical.ts';
import { jsonObjectSchema } from './json.ts';
import { installIdSchema, instantSchema, nameSchema } from './names.ts';
import { componentStates, conditionSchema } from './report.ts';

/** Named in `critical` of every list of entities, and among the features of a runner that keeps them. */
export const entitiesFeature = 'entities';

/** `streams`, `batchJobs`: letters and digits, so that names made of it can be told apart. */
export const entityTypeNameSchema = z
  .string()
  .regex(/^[a-z][A-Za-z0-9]{0,19}$/, 'expected letters and digits, beginning with a small one, at most 20');

/** A DNS label of at most 40 characters: unique among the entities of its type in one install. */
export const entityNameSchema = nameSchema;

/** Of one install. The list of all of them is one signed document. */
export const mostEntities = 1000;
/** Of an entity's spec as canonical JSON, in bytes. */
export const largestSpec = 16 * 1024;

/** One instance of a type that the product declares. `generation` grows with each change of `spec`. */
export const entitySchema = z.object({
  type: entityTypeNameSchema,
  name: entityNameSchema,
  generation: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
  spec: jsonObjectSchema,
});

/** Every entity that is wanted in one install; one that is not in it any more is taken away. `sequence` is its own and only ever grows. */
export const entityListSchema = z.object({
  ...documentHead,
  kind: z.literal('EntityList'),
  install: installIdSchema,
  sequence: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
  issuedAt: instantSchema,
  expiresAt: instantSchema,
  entities: z.array(entitySchema).max(mostEntities),
});

export const entityReferenceSchema = z.object({ type: entityTypeNameSchema, name: entityNameSchema });

/** How one entity is. `generation`: the one that the state is of; 0 before the first was looked at. */
export const entityStateSchema = entityReferenceSchema.extend({
  generation: z.number().int().min(0),
  state: z.enum(componentStates),
  /** Messages of at most 500 characters: there are many of them. */
  conditions: z.array(conditionSchema.extend({ message: z.string().max(500) })).max(5),
});

export const mostStatesInReport = 50;

/**
 * What has changed among the entities since the part before. A runner that begins tells of all of them, in as many parts as it takes; with
 * `complete` it has told everything that it knows under its `bootId`, and what was told under another is over.
 */
export const entityReportSchema = z.object({
  ...documentHead,
  kind: z.literal('EntityReport'),
  install: installIdSchema,
  sequence: z.number().int().min(1),
  at: instantSchema,
  runner: z.object({ bootId: z.uuid(), leaseEpoch: z.number().int().min(0) }),
  /** The list in force; 0: none. */
  acceptedSequence: z.number().int().min(0),
  complete: z.boolean(),
  entities: z.array(entityStateSchema).max(mostStatesInReport),
  /** What is wholly taken away. */
  gone: z.array(entityReferenceSchema).max(mostStatesInReport),
});

export type Entity = z.infer<typeof entitySchema>;
export type EntityList = z.infer<typeof entityListSchema>;
export type EntityReference = z.infer<typeof entityReferenceSchema>;
export type EntityState = z.infer<typeof entityStateSchema>;
export type EntityReport = z.infer<typeof entityReportSchema>;

export function entityKey({ type, name }: EntityReference): string {
  return `${type}/${name}`;
}
