import { canonicalJson } from '../../contract/index.ts';
import {
  type ArchiveEntry,
  copyArtifact,
  type Layout,
  mediaTypes,
  packArtifact,
  type Platform,
  type RawManifest,
} from '../../oci/index.ts';
import { packLayer } from './layer.ts';

/** Files of one layer: what changes together belongs together. */
export type ImageLayer = { entries: readonly ArchiveEntry[] };

export type ImageConfig = {
  entrypoint: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** `uid:gid`, in digits: an image without /etc/passwd knows no names, and Kubernetes' runAsNonRoot needs a number. */
  user: string;
  workingDir?: string;
  labels?: Readonly<Record<string, string>>;
};

export type AssembleImageOptions = {
  layout: Layout;
  /** Lower layers first. */
  layers: readonly ImageLayer[];
  config: ImageConfig;
  platform: Platform;
  /** Name in the layout: `registry.example/app:1.0.0`. */
  reference: string;
  /** Packed layers are kept here by the digest of what is in them. */
  cacheDir: string;
};

/** Makes an OCI image out of files, without Docker and without times: the same files give the same digest. */
export async function assembleImage(options: AssembleImageOptions): Promise<RawManifest> {
  const { layout, config, platform } = options;
  const layers = [];
  for (const layer of options.layers) layers.push(await packLayer(layer.entries, options.cacheDir));
  const imageConfig = {
    architecture: platform.architecture,
    os: platform.os,
    config: {
      Entrypoint: config.entrypoint,
      Env: Object.entries(config.env ?? {}).map(([name, value]) => `${name}=${value}`),
      User: config.user,
      WorkingDir: config.workingDir ?? '/',
      Labels: config.labels ?? {},
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
  };
  const packed = await packArtifact({
    config: { mediaType: mediaTypes.imageConfig, bytes: Buffer.from(canonicalJson(imageConfig)) },
    layers: layers.map(({ path }) => ({ mediaType: mediaTypes.layerTarGzip, path })),
  });
  await copyArtifact({ from: packed, to: layout, digest: packed.manifest.digest });
  await layout.putManifest(packed.manifest, { tag: options.reference });
  return packed.manifest;
}
