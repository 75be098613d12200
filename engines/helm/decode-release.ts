import { gunzipSync } from 'node:zlib';
import * as z from 'zod';
import { jsonObjectSchema, LandfallError, parseJson } from '../../contract/index.ts';
import { helmStatusSchema } from './release-status.ts';

const hookSchema = z.object({
  name: z.string(),
  kind: z.string().default(''),
  path: z.string().default(''),
  manifest: z.string().default(''),
  events: z.array(z.string()).nullish(),
});

const releaseSchema = z.object({
  name: z.string(),
  namespace: z.string().default(''),
  version: z.number().int(),
  info: z.object({
    status: helmStatusSchema,
    description: z.string().default(''),
    first_deployed: z.string().optional(),
    last_deployed: z.string().optional(),
    rollback_revision: z.number().int().optional(),
  }),
  chart: z.object({
    metadata: z.object({ name: z.string(), version: z.string(), appVersion: z.string().default('') }),
  }),
  config: jsonObjectSchema.nullish(),
  manifest: z.string().default(''),
  hooks: z.array(hookSchema).nullish(),
  apply_method: z.string().optional(),
});

/** What is used of a Helm 3 or 4 release record. */
export type HelmReleaseRecord = z.infer<typeof releaseSchema>;

const maxEncoded = 2 * 1024 * 1024; // a secret holds 1 MiB; base64 on base64 needs less than twice that
const maxDecoded = 64 * 1024 * 1024;

/**
 * Decodes the field `release` of a secret of type helm.sh/release.v1 as the Kubernetes API shows it under `data`
 * (base64 of Helm's own base64 of gzip), or with the outer base64 already taken off.
 */
export function decodeHelmRelease(data: string, name = 'a Helm release record'): HelmReleaseRecord {
  try {
    if (data.length > maxEncoded)
      throw new Error(`it has ${data.length} characters; at most ${maxEncoded} are accepted`);
    let bytes = Buffer.from(data, 'base64');
    if (!isGzip(bytes)) bytes = Buffer.from(bytes.toString('latin1'), 'base64');
    if (!isGzip(bytes)) throw new Error('it is not gzip');
    const json = gunzipSync(bytes, { maxOutputLength: maxDecoded });
    return parseJson(json, releaseSchema, 'the record', { bytes: maxDecoded, depth: 256 });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LandfallError('LF-ENGINES-012', `${name} could not be read: ${reason}`, { cause });
  }
}

function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 0x08;
}
