import * as z from 'zod';

/** What the last look for drift has found; `addresses`: with the names of the attributes that changed, never their values. */
export const driftRecordSchema = z.object({
  checkedAt: z.iso.datetime({ offset: false }),
  addresses: z.array(z.string().max(300)).max(50),
  /** Of those that were put back and had changed again at the next look: how often in a row, and when last. */
  corrected: z
    .record(z.string().max(300), z.object({ times: z.number().int(), lastAt: z.iso.datetime({ offset: false }) }))
    .optional(),
});
export type DriftRecord = z.infer<typeof driftRecordSchema>;
