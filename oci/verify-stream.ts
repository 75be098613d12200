import { createHash } from 'node:crypto';
import { type Digest, LandfallError, sha256 } from '../contract/index.ts';
import type { HashTrail } from './hash-trail.ts';

export type Content = { readonly digest: Digest; readonly size: number };

/** How much of the end is held back, at most: a copy, since the source may use its buffer again. */
const heldBytes = 64 * 1024;

/**
 * Passes bytes on while hashing them. The end is held back until digest and size are known to be right, so whoever writes what
 * comes out of here never completes a wrong blob; more bytes than announced end it at once. A piece is gone when the next is asked
 * for, if it is so with the source's. `trail` is told how the hash stands.
 */
export async function* verifyStream(
  source: AsyncIterable<Uint8Array>,
  expected: Content,
  what: string,
  trail?: HashTrail,
): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash('sha256');
  let size = 0;
  let held: Uint8Array | undefined;
  for await (const chunk of source) {
    size += chunk.byteLength;
    if (size > expected.size) throw tooLong(expected, what);
    hash.update(chunk);
    trail?.note(size, hash);
    if (size < expected.size) {
      yield chunk;
    } else if (held === undefined) {
      const start = Math.max(0, chunk.byteLength - heldBytes);
      held = Buffer.from(chunk.subarray(start));
      if (start > 0) yield chunk.subarray(0, start);
    }
  }
  if (size < expected.size) throw tooShort(size, expected, what);
  const actual = `sha256:${hash.copy().digest('hex')}`;
  if (actual !== expected.digest) throw another(actual, expected, what);
  if (held !== undefined) yield held;
}

/** The same of bytes that are all there. LF-OCI-005. */
export function verifyWhole(bytes: Uint8Array, expected: Content, what: string): void {
  if (bytes.byteLength > expected.size) throw tooLong(expected, what);
  if (bytes.byteLength < expected.size) throw tooShort(bytes.byteLength, expected, what);
  const actual = sha256(bytes);
  if (actual !== expected.digest) throw another(actual, expected, what);
}

/** All pieces together, but no more than are enough to see that there are too many. */
export async function gather(pieces: AsyncIterable<Uint8Array>, expected: Content): Promise<Uint8Array> {
  const copies: Uint8Array[] = [];
  let size = 0;
  for await (const piece of pieces) {
    copies.push(Buffer.from(piece));
    size += piece.byteLength;
    if (size > expected.size) break;
  }
  const [only] = copies;
  return only !== undefined && copies.length === 1 ? only : Buffer.concat(copies);
}

function tooLong({ size }: Content, what: string): LandfallError {
  return new LandfallError('LF-OCI-005', `${what} has more than the ${size} bytes that were announced`);
}

function tooShort(size: number, expected: Content, what: string): LandfallError {
  const message = `${what} ended after ${size} of ${expected.size} bytes`;
  return new LandfallError('LF-OCI-005', message, { temporary: true });
}

function another(actual: string, { digest }: Content, what: string): LandfallError {
  return new LandfallError('LF-OCI-005', `${what} should be ${digest} and is ${actual}`);
}
