import { hash } from 'node:crypto';
import * as z from 'zod';

const pattern = /^sha256:[0-9a-f]{64}$/;

/** `sha256:` and 64 lower-case hex digits (OCI image-spec, descriptor.md, "Digests"). */
export const digestSchema = z.string().regex(pattern, 'expected sha256:<64 lower-case hex digits>').brand<'Digest'>();

export type Digest = z.infer<typeof digestSchema>;

export function isDigest(value: unknown): value is Digest {
  return typeof value === 'string' && pattern.test(value);
}

export function sha256(bytes: Uint8Array | string): Digest {
  return digestSchema.parse(`sha256:${hash('sha256', bytes)}`);
}
