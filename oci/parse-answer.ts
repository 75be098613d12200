import type { z } from 'zod';
import { LandfallError, type Limit, parseJson } from '../contract/index.ts';

/** What a registry sent, as JSON of this shape. LF-OCI-008 when it is not: `what` says whose answer to what it is. */
export function parseAnswer<T extends z.ZodType>(bytes: Uint8Array, schema: T, what: string, limit: Limit): z.infer<T> {
  return asAnswer(() => parseJson(bytes, schema, what, limit));
}

/** The same for whatever `parse` finds wrong with a document: that is the registry's fault, nothing that its reader can correct. */
export function asAnswer<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof LandfallError) || !error.code.startsWith('LF-CONTRACT-')) throw error;
    throw new LandfallError('LF-OCI-008', printable(error.message), { cause: error.cause });
  }
}

/** Of text from outside that ends up in terminals and pages: nothing that moves a cursor or turns a line around. */
export function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}
