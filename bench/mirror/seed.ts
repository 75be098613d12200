import type { RegistryClient } from '../../oci/index.ts';
import { type Blob, bytesOf } from './blob.ts';
import type { Image } from './image.ts';

/** Puts images where the tools will find them; a blob that several share is sent once. Not measured. */
export async function seed(client: RegistryClient, images: readonly Image[]): Promise<void> {
  const sent = new Set<string>();
  for (const { repository, tag, manifest, layers, config } of images) {
    for (const layer of layers) {
      const key = `${repository} ${layer.digest}`;
      if (!sent.has(key)) await client.putBlob(repository, layer, () => chunksOf(layer));
      sent.add(key);
    }
    await client.putBlob(repository, config.descriptor, config.bytes);
    await client.putManifest(repository, manifest, { tag });
  }
}

async function* chunksOf(blob: Blob): AsyncGenerator<Uint8Array, void, undefined> {
  yield* bytesOf(blob);
}
