import type { z } from 'zod';
import { LandfallError, parseJson } from '../../contract/index.ts';

const limit = { bytes: 64 * 1024 * 1024, depth: 128 };

/** Parses what Helm wrote with `--output=json`. */
export function parseHelmJson<T extends z.ZodType>(text: string, schema: T, what: string): z.infer<T> {
  try {
    return parseJson(text, schema, 'the answer of helm', limit);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LandfallError('LF-ENGINES-006', `${what} failed: ${reason}`, { cause });
  }
}
