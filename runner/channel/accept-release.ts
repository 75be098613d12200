import * as z from 'zod';
import {
  type Digest,
  LandfallError,
  type Release,
  type ReleaseTarget,
  type Verifier,
  digestSchema,
  envelopeSchema,
  limits,
  mediaTypes,
  parseJson,
  payloadTypes,
  releaseSchema,
  sha256,
} from '../../contract/index.ts';
import { type Guards, openEnvelope, parseSigned } from './accept.ts';

/** A release as it is fetched and kept: the bytes of its OCI manifest and of that manifest's only layer. */
export type ReleaseBytes = { manifest: Buffer; envelope: Buffer };

const manifestSchema = z.object({
  artifactType: z.string().optional(),
  layers: z.array(z.object({ digest: digestSchema, size: z.number().int() })).length(1),
});

export const releaseLimits = {
  manifest: { bytes: 64 * 1024, depth: 8 },
  /** The signed bytes in base64, and their signatures. */
  envelope: { bytes: 2 * limits.release.bytes, depth: 4 },
};

/**
 * Opens a release. A signature alone does not say that this is the release which is wanted, so the digests are followed from the desired state
 * to the signed bytes, and product and version must be the ones named.
 */
export async function openRelease(
  bytes: ReleaseBytes,
  target: ReleaseTarget,
  verifier: Verifier,
  guards: Guards = {},
): Promise<Release> {
  requireDigest(bytes.manifest, target.digest, 'the manifest', target, guards);
  const manifest = parseJson(bytes.manifest, manifestSchema, "the release's manifest", releaseLimits.manifest);
  const layer = manifest.layers[0];
  if (layer === undefined || (manifest.artifactType !== undefined && manifest.artifactType !== mediaTypes.release)) {
    throw new LandfallError(
      'LF-RUNNER-054',
      `${nameOf(target)} is not a release: ${manifest.artifactType ?? 'no layer'}`,
    );
  }
  requireDigest(bytes.envelope, layer.digest, 'the envelope', target, guards);
  const envelope = parseJson(bytes.envelope, envelopeSchema, "the release's envelope", releaseLimits.envelope);
  const payload = await openEnvelope(envelope, payloadTypes.release, verifier, guards);
  const release = parseSigned(payload, 'Release', releaseSchema, limits.release, guards);
  if (guards.target !== false && (release.product !== target.product || release.version !== target.version)) {
    const message = `${nameOf(target)} was wanted, but that digest holds ${release.product} ${release.version}`;
    throw new LandfallError('LF-RUNNER-054', message);
  }
  return release;
}

function requireDigest(bytes: Buffer, expected: Digest, what: string, target: ReleaseTarget, guards: Guards): void {
  const actual = sha256(bytes);
  if (actual === expected || guards.target === false) return;
  const message = `${what} of ${nameOf(target)} has the digest ${actual}, expected ${expected}`;
  throw new LandfallError('LF-RUNNER-054', message);
}

const nameOf = (target: ReleaseTarget): string => `${target.product} ${target.version}`;
