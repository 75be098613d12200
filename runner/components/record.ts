import * as z from 'zod';
import { jsonObjectSchema, secretPlaceSchema } from '../../contract/index.ts';
import { contestSchema, correctedSchema, mostCorrected } from '../remedy/contested.ts';
import { failedPairSchema } from './helm/remedy.ts';
import { driftRecordSchema } from './terraform/drift-record.ts';

/** What the runner remembers of a component beside what the world shows: one document `component-<name>`. */
export const componentRecordSchema = z.object({
  kind: z.enum(['helm', 'terraform', 'manifests', 'job']),
  /** The release whose definition is applied. */
  version: z.string().nullable(),
  /** Of what was applied last, wholly. Helm's truth is the label of its own release record; this is for terraform. */
  fingerprint: z.string().nullable(),
  /** Set right before an apply and cleared after it: whether something may have moved. */
  applying: z.string().nullable(),
  outputs: jsonObjectSchema,
  /** `hooks` false: also its removal is without them. */
  helm: z.object({ namespace: z.string(), releaseName: z.string(), hooks: z.boolean().optional() }).nullable(),
  /** Of charts alone: what has failed here, oldest first. */
  failed: z.array(failedPairSchema).max(50).optional(),
  /** Fields that somebody else changes again each time they are set back. */
  contested: z.array(contestSchema).max(100).optional(),
  /** When fields were set back lately, and deleted objects put back. */
  corrected: z.array(correctedSchema).max(mostCorrected).optional(),
  /** Of charts alone: the fingerprint with which their own tests have passed. */
  tested: z.string().optional(),
  /** Of the base layer alone: what the customer has approved of the plan under way. */
  base: z.object({ fingerprint: z.string(), approved: z.array(z.string()) }).optional(),
  terraform: z
    .object({
      /** Versions of the Secrets whose values were applied, as one digest. */
      secrets: z.string().optional(),
      /** Where sensitive outputs were put. */
      outputsSecret: z.object({ namespace: z.string(), name: z.string() }).optional(),
      drift: driftRecordSchema.optional(),
      /** With `onRemove: destroy`: what it is destroyed by when no release has it any more. */
      removal: z
        .object({
          component: jsonObjectSchema,
          variables: jsonObjectSchema,
          secrets: z.record(z.string(), secretPlaceSchema),
          fingerprint: z.string(),
        })
        .optional(),
    })
    .optional(),
  /** Of manifests alone: what is or may be there because of them, `apps/v1/Deployment/shop/web`. Two definitions at most, while one replaces the other. */
  inventory: z.array(z.string().max(600)).max(20_000).optional(),
  /** Of jobs alone: the runs that have succeeded, oldest first. What is in here is not run again. */
  succeeded: z.array(z.string().max(64)).max(100).optional(),
  /** By input: a keyed digest of the secret's value, as it was when the component was settled last. */
  secretMarks: z.record(z.string(), z.string().max(64)).optional(),
});

export type ComponentRecord = z.infer<typeof componentRecordSchema>;

export function emptyRecord(kind: ComponentRecord['kind']): ComponentRecord {
  return { kind, version: null, fingerprint: null, applying: null, outputs: {}, helm: null };
}
