import { createHash } from 'node:crypto';
import { type Digest, LandfallError } from '../contract/index.ts';
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
    if (size > expected.size) {
      throw new LandfallError('LF-OCI-005', `${what} has more than the ${expected.size} bytes that were announced`);
    }
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
  if (size < expected.size) {
    throw new LandfallError('LF-OCI-005', `${what} ended after ${size} of ${expected.size} bytes`, { temporary: true });
  }
  const actual = `sha256:${hash.copy().digest('hex')}`;
  if (actual !== expected.digest) {
    throw new LandfallError('LF-OCI-005', `${what} should be ${expected.digest} and is ${actual}`);
  }
  if (held !== undefined) yield held;
}
