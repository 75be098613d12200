import { z } from 'zod';
import { jsonObjectSchema } from './json.ts';

const inputName = z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,39}$/, 'expected letters and digits, at most 40');

export const secretInputSchema = z.object({ name: inputName, description: z.string().max(300) });

/** Where a secret input's value lives in the customer's own store; the value itself never appears in any document. */
export const secretReferenceSchema = z.discriminatedUnion('store', [
  z.object({
    store: z.literal('kubernetes'),
    namespace: z.string().max(63),
    name: z.string().max(253),
    key: z.string().max(253),
  }),
]);

export const inputsSchema = z.object({
  /** JSON Schema (draft 2020-12) of an object; defaults in it are applied. */
  schema: jsonObjectSchema,
  secrets: z.array(secretInputSchema).max(50).default([]),
});

export type SecretReference = z.infer<typeof secretReferenceSchema>;
export type Inputs = z.infer<typeof inputsSchema>;
