import * as z from 'zod';
import { type Digest, digestSchema, LandfallError, parseJson, parseValue, sha256 } from '../contract/index.ts';
import { indexTypes, manifestTypes } from './media-types.ts';
import { asAnswer } from './parse-answer.ts';

/** Registries accept 4 MiB (distribution) to 10 MB; more is no manifest of ours. */
export const maxManifestBytes = 4 * 1024 * 1024;

const mediaTypeSchema = z.string().max(255);
const annotationsSchema = z.record(z.string(), z.string());

export const platformSchema = z.looseObject({
  architecture: z.string(),
  os: z.string(),
  variant: z.string().optional(),
});

export const descriptorSchema = z.object({
  mediaType: mediaTypeSchema,
  digest: digestSchema,
  size: z.number().int().nonnegative(),
  annotations: annotationsSchema.optional(),
  artifactType: mediaTypeSchema.optional(),
  platform: platformSchema.optional(),
});

export const imageManifestSchema = z.object({
  schemaVersion: z.literal(2),
  mediaType: mediaTypeSchema.optional(),
  artifactType: mediaTypeSchema.optional(),
  config: descriptorSchema,
  layers: z.array(descriptorSchema).max(10_000),
  subject: descriptorSchema.optional(),
  annotations: annotationsSchema.optional(),
});

export const imageIndexSchema = z.object({
  schemaVersion: z.literal(2),
  mediaType: mediaTypeSchema.optional(),
  artifactType: mediaTypeSchema.optional(),
  manifests: z.array(descriptorSchema).max(10_000),
  subject: descriptorSchema.optional(),
  annotations: annotationsSchema.optional(),
});

/** What kind it is, before anything else is believed of it. */
const keysSchema = z.looseObject({ mediaType: z.string().optional() });

export type Descriptor = z.infer<typeof descriptorSchema>;
export type Platform = z.infer<typeof platformSchema>;
export type ImageManifest = z.infer<typeof imageManifestSchema>;
export type ImageIndex = z.infer<typeof imageIndexSchema>;

/** A manifest as received: these very bytes are stored and passed on, never a re-serialisation of them. */
export type RawManifest = {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly digest: Digest;
  /** Where it was read, for errors: `registry.example/shop/web`. */
  readonly from?: string;
};

export type ParsedManifest =
  | { readonly kind: 'manifest'; readonly manifest: ImageManifest }
  | { readonly kind: 'index'; readonly index: ImageIndex };

/** Reads manifest bytes by their media type; bytes that claim to be both kinds are refused (CVE-2021-41190). LF-OCI-008 when they are no manifest. */
export function parseManifest(raw: Pick<RawManifest, 'bytes' | 'mediaType'> & Partial<RawManifest>): ParsedManifest {
  const { from, digest } = raw;
  const place = digest === undefined || from === undefined ? 'A manifest' : `${from}@${digest}, a manifest`;
  return asAnswer(() => parse(raw, `${place} of type ${raw.mediaType === '' ? 'unknown' : raw.mediaType}`));
}

function parse(raw: Pick<RawManifest, 'bytes' | 'mediaType'>, what: string): ParsedManifest {
  const limit = { bytes: maxManifestBytes, depth: 32 };
  const keys = parseJson(raw.bytes, keysSchema, what, limit);
  if (keys.mediaType !== undefined && keys.mediaType !== raw.mediaType) {
    throw new LandfallError('LF-OCI-008', `${what} says in its body that it is ${keys.mediaType}`);
  }
  if ('manifests' in keys && ('config' in keys || 'layers' in keys)) {
    throw new LandfallError('LF-OCI-008', `${what} is an index and an image at once`);
  }
  if (manifestTypes.includes(raw.mediaType)) {
    return { kind: 'manifest', manifest: parseValue(keys, imageManifestSchema, what) };
  }
  if (indexTypes.includes(raw.mediaType)) {
    return { kind: 'index', index: parseValue(keys, imageIndexSchema, what) };
  }
  throw new LandfallError('LF-OCI-008', `${what} is neither an image manifest nor an index`);
}

export function describeManifest(raw: RawManifest): Descriptor {
  return { mediaType: raw.mediaType, digest: raw.digest, size: raw.bytes.byteLength };
}

export function rawManifest(bytes: Uint8Array, mediaType: string): RawManifest {
  return { bytes, mediaType, digest: sha256(bytes) };
}
