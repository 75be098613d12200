import type { z } from 'zod';
import { LandfallError } from './errors/landfall-error.ts';
import type { Limit } from './limits.ts';

/** Parses bytes from outside: size, then depth, then JSON, then shape. `what` names the document in every error. */
export function parseJson<T extends z.ZodType>(
  bytes: Uint8Array | string,
  schema: T,
  what: string,
  limit: Limit,
): z.infer<T> {
  const text = textWithin(bytes, what, limit);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new LandfallError('LF-CONTRACT-003', `${what} is not valid JSON: ${messageOf(cause)}`, { cause });
  }
  return parseValue(value, schema, what);
}

/** For whoever is about to sign it: what is larger or deeper the other side will not read. LF-CONTRACT-001, LF-CONTRACT-002. */
export function requireWithin(json: Uint8Array | string, what: string, limit: Limit): void {
  textWithin(json, what, limit);
}

function textWithin(bytes: Uint8Array | string, what: string, limit: Limit): string {
  const size = typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.byteLength;
  if (size > limit.bytes) {
    throw new LandfallError('LF-CONTRACT-001', `${what} has ${size} bytes; at most ${limit.bytes} are accepted`);
  }
  const text = typeof bytes === 'string' ? bytes : decodeUtf8(bytes, what);
  refuseDepth(text, limit.depth, what);
  return text;
}

/** Parses a value that is JSON already (a YAML document, a Kubernetes object). */
export function parseValue<T extends z.ZodType>(value: unknown, schema: T, what: string): z.infer<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const places = result.error.issues.slice(0, 5).map((issue) => `${pathOf(issue.path)}: ${issue.message}`);
  throw new LandfallError('LF-CONTRACT-004', `${what} does not have the expected shape: ${places.join('; ')}`, {
    cause: result.error,
    details: { paths: result.error.issues.map((issue) => pathOf(issue.path)) },
  });
}

/** `spec.components[2].chart` */
export function pathOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return '(document)';
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i === 0 ? '' : '.'}${String(part)}`))
    .join('');
}

/** Counts brackets outside strings before JSON.parse sees the text: nothing deep is ever built. */
function refuseDepth(text: string, limit: number, what: string): void {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (inString) {
      if (c === 0x5c) i++;
      else if (c === 0x22) inString = false;
    } else if (c === 0x22) inString = true;
    else if (c === 0x7b || c === 0x5b) {
      if (++depth > limit) throw new LandfallError('LF-CONTRACT-002', `${what} is nested deeper than ${limit} levels`);
    } else if (c === 0x7d || c === 0x5d) depth--;
  }
}

function decodeUtf8(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new LandfallError('LF-CONTRACT-003', `${what} is not valid UTF-8`, { cause });
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
