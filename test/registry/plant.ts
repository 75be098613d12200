import { type Digest, digestSchema } from '../../contract/index.ts';
import { type RegistryContent, sha256Of } from './content.ts';

/** A descriptor of what was put into a registry's content, past its API, as any tool would have pushed it. */
export type Planted = {
  mediaType: string;
  digest: Digest;
  size: number;
  platform?: { os: string; architecture: string };
};

/** A layer whose bytes lie elsewhere: named by the manifest, in no registry. */
export type ForeignLayer = { foreign: string };

const types = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
  foreign: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
  config: 'application/vnd.oci.image.config.v1+json',
};

export type PlantOptions = { subject?: Planted; tag?: string; artifactType?: string };

export function plantImage(
  content: RegistryContent,
  repository: string,
  layers: readonly (Uint8Array | ForeignLayer)[],
  options: PlantOptions & { config?: Uint8Array } = {},
): Planted {
  const config = options.config ?? Buffer.from('{"os":"linux","architecture":"amd64"}');
  const own = [config, ...layers.filter((layer) => layer instanceof Uint8Array)];
  for (const bytes of own) content.addBlob(repository, bytes);
  return plantManifest(content, repository, types.manifest, options, {
    config: describe(config, types.config),
    layers: layers.map((layer) =>
      layer instanceof Uint8Array
        ? describe(layer, types.layer)
        : { ...describe(Buffer.from(layer.foreign), types.foreign), urls: [layer.foreign] },
    ),
  });
}

export function plantIndex(
  content: RegistryContent,
  repository: string,
  manifests: readonly Planted[],
  options: PlantOptions = {},
): Planted {
  return plantManifest(content, repository, types.index, options, { manifests });
}

function plantManifest(
  content: RegistryContent,
  repository: string,
  mediaType: string,
  { subject, tag, artifactType }: PlantOptions,
  links: object,
): Planted {
  const head = { schemaVersion: 2, mediaType, ...(artifactType === undefined ? {} : { artifactType }) };
  const bytes = Buffer.from(JSON.stringify({ ...head, ...links, ...(subject === undefined ? {} : { subject }) }));
  const planted = describe(bytes, mediaType);
  const held = content.repository(repository);
  held.manifests.set(planted.digest, { bytes, mediaType, subject: subject?.digest });
  if (tag !== undefined) held.tags.set(tag, planted.digest);
  return planted;
}

function describe(bytes: Uint8Array, mediaType: string): Planted {
  return { mediaType, digest: digestSchema.parse(sha256Of(bytes)), size: bytes.byteLength };
}
