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
import { type Layout, parseManifest, type RawManifest } from '../../oci/index.ts';

export type StoredRelease = { release: Release; envelope: Envelope; manifest: RawManifest };

/** A release out of a layout, by its tag `<product>:<version>`. Its signature is checked by those who trust keys: control plane and runner. */
export async function readRelease(layout: Layout, tag: string): Promise<StoredRelease> {
  const manifest = await layout.getManifest(tag).catch((cause: unknown) => {
    throw new LandfallError('LF-RELEASE-011', `there is no release ${tag} in ${layout.dir}`, { cause });
  });
  const parsed = parseManifest(manifest);
  const layer = parsed.kind === 'manifest' ? parsed.manifest.layers[0] : undefined;
  if (layer === undefined) throw new LandfallError('LF-RELEASE-011', `${tag} in ${layout.dir} is no release`);
  const envelope = parseJson(await buffer(await layout.openBlob(layer)), envelopeSchema, tag, limits.release);
  const release = parseJson(Buffer.from(envelope.payload, 'base64'), releaseSchema, tag, limits.release);
  return { release, envelope, manifest };
}
