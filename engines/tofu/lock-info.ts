import * as z from 'zod';
import { LandfallError } from '../../contract/index.ts';

/** What the engine writes into a lock, and tells whoever finds it. `who`: `user@host`; `created`: null when it was not understood. */
const lockInfoSchema = z.object({
  id: z.string(),
  who: z.string(),
  operation: z.string(),
  created: z.date().nullable(),
});
export type TofuLockInfo = z.infer<typeof lockInfoSchema>;

/** From the text of a diagnostic, with or without the box that is drawn around it. Undefined: it tells of no lock. */
export function parseLockInfo(text: string): TofuLockInfo | undefined {
  const field = (name: string): string | undefined =>
    new RegExp(`^[\u2502\u2577\u2575\\s]*${name}:[ \\t]+(\\S.*?)\\s*$`, 'm').exec(text)?.[1];
  const id = field('ID');
  if (id === undefined || !/^[0-9A-Za-z-]{8,64}$/.test(id)) return undefined;
  return { id, who: field('Who') ?? '', operation: field('Operation') ?? '', created: instantOf(field('Created')) };
}

/** As Go prints a time: `2026-11-29 07:45:46.123456789 +0000 UTC`. */
function instantOf(text: string | undefined): Date | null {
  const parts = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d{1,3})?\d* ([+-]\d\d)(\d\d)/.exec(text ?? '');
  if (parts === null) return null;
  const [, day = '', time = '', fraction = '', hours = '', minutes = ''] = parts;
  const at = new Date(`${day}T${time}${fraction}${hours}:${minutes}`);
  return Number.isNaN(at.getTime()) ? null : at;
}

/** The lock that kept a call from its work, when that is what `error` says and the engine told whose it is. */
export function lockOf(error: unknown): TofuLockInfo | null {
  if (!(error instanceof LandfallError) || error.code !== 'LF-ENGINES-021') return null;
  return lockInfoSchema.safeParse(error.details['lock']).data ?? null;
}
