import { buffer } from 'node:stream/consumers';
import {
  type Envelope,
  envelopeSchema,
  LandfallError,
  limits,
  parseJson,
  type Release,
  releaseSchema,
} from '../../contract/index.ts';
import { type ContentSource, parseManifest, type RawManifest } from '../../oci/index.ts';

export type StoredRelease = { release: Release; envelope: Envelope; manifest: RawManifest };

/** A release out of a layout (by its tag `<product>:<version>`) or a registry. Its signature is checked by those who trust keys. */
export async function readRelease(store: ContentSource, tag: string): Promise<StoredRelease> {
  const manifest = await store.getManifest(tag).catch((cause: unknown) => {
    if (!(cause instanceof LandfallError) || cause.code !== 'LF-OCI-004') throw cause;
    throw new LandfallError('LF-RELEASE-011', `there is no release ${tag} in ${store.name}`, { cause });
  });
  const parsed = parseManifest(manifest);
  const layer = parsed.kind === 'manifest' ? parsed.manifest.layers[0] : undefined;
  if (layer === undefined) throw new LandfallError('LF-RELEASE-011', `${tag} in ${store.name} is no release`);
  const envelope = parseJson(await buffer(await store.openBlob(layer)), envelopeSchema, tag, limits.release);
  const release = parseJson(Buffer.from(envelope.payload, 'base64'), releaseSchema, tag, limits.release);
  return { release, envelope, manifest };
}
