import { createHash } from 'node:crypto';
import * as z from 'zod';

/** `sha256:` and 64 lower-case hex digits (OCI image-spec, descriptor.md, "Digests"). */
export const digestSchema = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, 'expected sha256:<64 lower-case hex digits>')
  .brand<'Digest'>();

export type Digest = z.infer<typeof digestSchema>;

export function sha256(bytes: Uint8Array | string): Digest {
  return digestSchema.parse(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
}
