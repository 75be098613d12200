import * as z from 'zod';
import { repositorySchema } from './artifact.ts';
import { documentHead } from './critical.ts';
import { digestSchema } from './digest.ts';
import { secretReferenceSchema } from './inputs.ts';
import { jsonObjectSchema } from './json.ts';
import { installIdSchema, instantSchema, productNameSchema, versionSchema } from './names.ts';

/** Which release: its OCI manifest in the vendor's registry, whose only layer is the pipeline's signed envelope. */
export const releaseTargetSchema = z.object({
  product: productNameSchema,
  version: versionSchema,
  /** `host[:port]` of the vendor's registry, from which the runner fills the mirror. */
  registry: z.string().min(1).max(255),
  repository: repositorySchema,
  digest: digestSchema,
});

/** What the control plane wants of one install. `sequence` only ever grows; a document is checked against it when it is accepted. */
export const desiredStateSchema = z.object({
  ...documentHead,
  kind: z.literal('DesiredState'),
  install: installIdSchema,
  sequence: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
  issuedAt: instantSchema,
  expiresAt: instantSchema,
  /** null: nothing is to be installed yet. */
  release: releaseTargetSchema.nullable(),
  inputs: jsonObjectSchema,
  secrets: z.record(z.string(), secretReferenceSchema),
  /** Follows the work through logs and reports: 32 hex digits (W3C trace context). */
  trace: z.string().regex(/^[0-9a-f]{32}$/),
});

export type ReleaseTarget = z.infer<typeof releaseTargetSchema>;
export type DesiredState = z.infer<typeof desiredStateSchema>;
