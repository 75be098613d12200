import * as z from 'zod';
import { instantSchema, type Limit, outsideKinds, sealPlaces } from '../../contract/index.ts';
import { runnerConfigSchema } from '../config.ts';

/** What the process that takes a census is asked. */
export const censusQuestionSchema = z.object({ config: runnerConfigSchema, apiServerHost: z.string() });
export const questionLimit: Limit = { bytes: 2 * 1024 * 1024, depth: 32 };

const placeSchema = z.object({
  name: z.enum(sealPlaces),
  looked: z.number(),
  outside: z.array(
    z.object({
      kind: z.enum(outsideKinds),
      principal: z.string(),
      where: z.string(),
      via: z.string(),
      conditions: z.array(z.string()),
    }),
  ),
  services: z.array(z.object({ principal: z.string(), where: z.string(), via: z.string(), bound: z.boolean() })),
  notVisible: z.array(z.string()),
  unreadable: z.array(z.string()),
  notes: z.array(z.string()),
});

/** What it answers: everything that was seen (room seal/, Census), or why not. */
export const censusAnswerSchema = z.union([
  z.object({
    census: z.object({
      account: z.string(),
      regions: z.array(z.string()),
      at: instantSchema,
      observer: z.string(),
      installRole: z.enum(['gone', 'present', 'none', 'unknown']),
      people: z.object({ users: z.number(), withAccessKey: z.number(), withPassword: z.number() }),
      places: z.array(placeSchema),
    }),
  }),
  z.object({
    failed: z.object({ code: z.enum(['LF-SEAL-001', 'LF-SEAL-003']), message: z.string(), temporary: z.boolean() }),
  }),
]);
export type CensusAnswer = z.input<typeof censusAnswerSchema>;
/** An account with ten thousand roles that others may assume takes some 5 MB. */
export const answerLimit: Limit = { bytes: 64 * 1024 * 1024, depth: 16 };
