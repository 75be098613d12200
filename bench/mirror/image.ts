import { sha256 } from '../../contract/index.ts';
import { type Descriptor, mediaTypes, type RawManifest, rawManifest } from '../../oci/index.ts';
import { type Blob, blobOf } from './blob.ts';

export type Image = {
  repository: string;
  tag: string;
  manifest: RawManifest;
  config: { bytes: Uint8Array; descriptor: Descriptor };
  layers: readonly Blob[];
};

/** An OCI image of these layers. Its config names them, so images of different layers have different configs. */
export function imageOf(repository: string, tag: string, layers: readonly Blob[]): Image {
  const bytes = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: {},
      rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
    }),
  );
  const descriptor = { mediaType: mediaTypes.imageConfig, digest: sha256(bytes), size: bytes.byteLength };
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.imageManifest,
    config: descriptor,
    layers: layers.map(({ digest, size }) => ({ mediaType: mediaTypes.layerTarGzip, digest, size })),
  };
  return {
    repository,
    tag,
    manifest: rawManifest(Buffer.from(JSON.stringify(manifest)), mediaTypes.imageManifest),
    config: { bytes, descriptor },
    layers,
  };
}

/** What a tool has to fetch of it when nothing is there: manifest, config, layers. */
export function bytesOfImage({ layers, config, manifest }: Image): number {
  return layers.reduce((sum, { size }) => sum + size, config.bytes.byteLength + manifest.bytes.byteLength);
}

/** One image of so many layers of one size. */
export function largeImage(layers: number, size: number): Image {
  const names = Array.from({ length: layers }, (_, at) => `large ${at} of ${size}`);
  return imageOf(
    'bench/large',
    'v1',
    names.map((name) => blobOf(name, size)),
  );
}

/** So many tags in one repository: each image has two of ten shared layers and one of its own. */
export function manyImages(count: number): Image[] {
  const shared = Array.from({ length: 10 }, (_, at) => blobOf(`shared ${at}`, 64 * 1024));
  return Array.from({ length: count }, (_, at) => {
    const bases = [shared[at % 10], shared[(at + 1) % 10]].filter((each) => each !== undefined);
    return imageOf('bench/many', `v${at}`, [...bases, blobOf(`own ${at}`, 4096)]);
  });
}
