import * as z from 'zod';
import { documentHead } from './critical.ts';
import { componentNameSchema, installIdSchema, instantSchema } from './names.ts';

/** One-off wishes. This version carries out `restart`; a verb it does not know is answered as refused, never ignored silently. */
export const requestSchema = z.object({
  id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  verb: z.string().max(64),
  component: componentNameSchema.optional(),
  expiresAt: instantSchema,
});

export const requestListSchema = z.object({
  ...documentHead,
  kind: z.literal('RequestList'),
  install: installIdSchema,
  sequence: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
  requests: z.array(requestSchema).max(50),
});

export type Request = z.infer<typeof requestSchema>;
export type RequestList = z.infer<typeof requestListSchema>;
