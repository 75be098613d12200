import * as z from 'zod';
import { LandfallError } from './errors/landfall-error.ts';

export const apiVersion = 'landfall.dev/v1';

/** Every signed document carries these. Unknown fields are ignored; what must not be ignored is named in `critical`. */
export const documentHead = {
  apiVersion: z.string().max(64),
  kind: z.string().max(64),
  /** Features a reader must know, or it refuses the whole document and keeps what it has (like `crit` of RFC 7515, 4.1.11). */
  critical: z.array(z.string().max(64)).max(32).default([]),
};

const headSchema = z.object(documentHead);

/** Refuses a document of another major version or kind, or with a critical feature that is not in `known` (LF-CONTRACT-005). */
export function requireKnown(document: unknown, kind: string, known: ReadonlySet<string>): void {
  const head = headSchema.safeParse(document);
  const what = `the ${kind} document`;
  if (!head.success) throw new LandfallError('LF-CONTRACT-004', `${what} has no apiVersion, kind or critical list`);
  if (head.data.apiVersion !== apiVersion || head.data.kind !== kind) {
    throw new LandfallError(
      'LF-CONTRACT-005',
      `expected ${apiVersion} ${kind}, got ${head.data.apiVersion} ${head.data.kind}`,
    );
  }
  const unknown = head.data.critical.filter((feature) => !known.has(feature));
  if (unknown.length > 0) {
    throw new LandfallError('LF-CONTRACT-005', `${what} needs features this version lacks: ${unknown.join(', ')}`);
  }
}
