import { createCipheriv, createHash } from 'node:crypto';
import { type Digest, digestSchema } from '../../contract/index.ts';

const mebibyte = 1024 * 1024;
const zeros = Buffer.alloc(mebibyte);
/** What a gzip stream begins with: a tool that looks at the first bytes must not think that it has to compress. */
const gzipHead = Buffer.from('1f8b0800000000000003', 'hex');

/** A blob that is known by its name and size alone: the same bytes in every run, and no tool can make them smaller. */
export type Blob = { name: string; size: number; digest: Digest };

export function blobOf(name: string, size: number): Blob {
  const hash = createHash('sha256');
  for (const chunk of bytesOf({ name, size })) hash.update(chunk);
  return { name, size, digest: digestSchema.parse(`sha256:${hash.digest('hex')}`) };
}

/** The key stream of AES by the blob's name, behind gzip's first bytes. */
export function* bytesOf({ name, size }: { name: string; size: number }): Generator<Uint8Array> {
  const key = createHash('sha256').update(name).digest().subarray(0, 16);
  const cipher = createCipheriv('aes-128-ctr', key, Buffer.alloc(16));
  for (let at = 0; at < size; at += mebibyte) {
    const chunk = cipher.update(zeros.subarray(0, Math.min(mebibyte, size - at)));
    if (at === 0) gzipHead.copy(chunk);
    yield chunk;
  }
}
