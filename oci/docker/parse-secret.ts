import type { z } from 'zod';
import { LandfallError, type Limit, parseJson } from '../../contract/index.ts';

/** JSON that holds logins. LF-OCI-015 when it is not: nothing of it is told, since a JSON error shows what stands around its place. */
export function parseSecret<T extends z.ZodType>(
  bytes: Uint8Array | string,
  schema: T,
  what: string,
  limit: Limit,
): z.infer<T> {
  try {
    return parseJson(bytes, schema, what, limit);
  } catch (error) {
    const shape = error instanceof LandfallError && error.code === 'LF-CONTRACT-004';
    throw new LandfallError('LF-OCI-015', `${what} is not ${shape ? 'of the expected shape' : 'valid JSON'}`);
  }
}
