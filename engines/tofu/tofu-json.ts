import type { z } from 'zod';
import { LandfallError, parseJson } from '../../contract/index.ts';

const limit = { bytes: 256 * 1024 * 1024, depth: 256 };

/** Parses one JSON document from the engine. The error names places, never values. */
export function parseTofuJson<T extends z.ZodType>(text: string, schema: T, what: string): z.infer<T> {
  try {
    return parseJson(text, schema, 'the answer', limit);
  } catch (cause) {
    const reason = cause instanceof LandfallError && cause.code !== 'LF-CONTRACT-003' ? cause.message : 'not JSON';
    throw new LandfallError('LF-ENGINES-006', `${what} failed: ${reason}`);
  }
}
