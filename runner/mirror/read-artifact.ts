import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Artifact, LandfallError } from '../../contract/index.ts';
import { type Content, type Descriptor, type ImageManifest, parseManifest } from '../../oci/index.ts';
import type { OwnRegistry } from './registries.ts';

/** The image manifest of an artifact; of an index, the one for `platform` (`linux/amd64`). */
export async function readManifest(
  registry: OwnRegistry,
  artifact: Artifact,
  platform: string | null,
  signal: AbortSignal,
): Promise<ImageManifest> {
  const repository = `${registry.prefix}/${artifact.repository}`;
  const read = async (digest: string) =>
    parseManifest(await registry.client.getManifest(repository, digest, { signal }));
  const root = await read(artifact.digest);
  if (root.kind === 'manifest') return root.manifest;
  const child = root.index.manifests.find((each) => `${each.platform?.os}/${each.platform?.architecture}` === platform);
  if (child === undefined) throw lacks(artifact, `a manifest for ${platform ?? 'one platform'}`);
  const parsed = await read(child.digest);
  if (parsed.kind === 'index') throw lacks(artifact, 'a manifest: it is an index in an index');
  return parsed.manifest;
}

/** The layer of a media type; there must be exactly one. */
export function onlyLayer(manifest: ImageManifest, mediaType: string, artifact: Artifact): Descriptor {
  const layers = manifest.layers.filter((layer) => layer.mediaType === mediaType);
  const only = layers[0];
  if (only === undefined || layers.length > 1) throw lacks(artifact, `exactly one layer of type ${mediaType}`);
  return only;
}

/** Streams a blob to a file, verified; the file appears only when it is whole. */
export async function downloadBlob(
  registry: OwnRegistry,
  artifact: Artifact,
  content: Content,
  file: string,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const partial = `${file}.${randomUUID()}.partial`;
  try {
    const bytes = await registry.client.getBlob(`${registry.prefix}/${artifact.repository}`, content, { signal });
    // On the disk before it has its name: else a node that loses its power may come back with the name and no bytes.
    await pipeline(bytes, createWriteStream(partial, { mode: 0o600, flush: true }), { signal });
    await rename(partial, file);
  } finally {
    await rm(partial, { force: true });
  }
}

function lacks(artifact: Artifact, what: string): LandfallError {
  return new LandfallError('LF-RUNNER-065', `${artifact.repository}@${artifact.digest} does not have ${what}`);
}
