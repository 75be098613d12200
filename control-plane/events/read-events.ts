import * as z from 'zod';
import { instantSchema } from '../../contract/index.ts';
import type { Context } from '../context.ts';

export const eventSchema = z.object({
  id: z.number().int(),
  install: z.string().nullable(),
  source: z.enum(['control-plane', 'runner']),
  severity: z.enum(['normal', 'warning']),
  reason: z.string(),
  component: z.string().nullable(),
  message: z.string(),
  at: instantSchema,
});
export type Event = z.infer<typeof eventSchema>;

/** Of one install, the newest first; with `after`, only what came after that event's id. */
export async function readEvents({ db }: Context, install: string, after: number, limit: number): Promise<Event[]> {
  const rows = await db
    .selectFrom('event')
    .selectAll()
    .where('install', '=', install)
    .where('id', '>', after)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => eventSchema.parse({ ...row, message: JSON.parse(row.message), at: row.at.toISOString() }));
}
