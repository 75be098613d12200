import { z } from 'zod';

/** What the last look for drift has found; `addresses`: with the names of the attributes that changed, never their values. */
export const driftRecordSchema = z.object({
  checkedAt: z.iso.datetime({ offset: false }),
  addresses: z.array(z.string().max(300)).max(50),
});
export type DriftRecord = z.infer<typeof driftRecordSchema>;
