import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type Digest, digestSchema, LandfallError, sha256 } from '../contract/index.ts';
import type { ContentSource } from './copy/content-store.ts';
import { type Descriptor, type ImageManifest, type Platform, type RawManifest, rawManifest } from './manifest.ts';
import { mediaTypes } from './media-types.ts';
import { verifyStream } from './verify-stream.ts';

export type ArtifactLayer = {
  readonly mediaType: string;
  readonly annotations?: Readonly<Record<string, string>>;
} & ({ readonly bytes: Uint8Array } | { readonly path: string });

export type ArtifactContents = {
  /** What the artifact is; left out for a container image, whose config says it. */
  readonly artifactType?: string;
  /** Default: the empty config `{}` of the image specification. */
  readonly config?: { readonly mediaType: string; readonly bytes: Uint8Array };
  readonly layers: readonly ArtifactLayer[];
  readonly annotations?: Readonly<Record<string, string>>;
};

/** A manifest and where its blobs are: a source for `copyArtifact`, into a registry or a layout. */
export type PackedArtifact = ContentSource & {
  /** Whether a manifest or blob of this digest is in it. */
  holds(digest: Digest): boolean;
  readonly descriptor: Descriptor;
  readonly manifest: RawManifest;
  readonly layers: readonly Descriptor[];
};

type Held = { readonly bytes: Uint8Array } | { readonly path: string };

/** The same contents give the same bytes: fixed order of fields, sorted annotations, no time. */
export async function packArtifact(contents: ArtifactContents): Promise<PackedArtifact> {
  const blobs = new Map<string, Held>();
  const config = contents.config ?? { mediaType: mediaTypes.empty, bytes: Buffer.from('{}') };
  const configDescriptor: Descriptor = {
    mediaType: config.mediaType,
    digest: sha256(config.bytes),
    size: config.bytes.byteLength,
  };
  blobs.set(configDescriptor.digest, { bytes: config.bytes });
  const layers: Descriptor[] = [];
  for (const layer of contents.layers) {
    const content =
      'bytes' in layer ? { digest: sha256(layer.bytes), size: layer.bytes.byteLength } : await hashFile(layer.path);
    layers.push({ mediaType: layer.mediaType, ...content, ...annotated(layer.annotations) });
    blobs.set(content.digest, 'bytes' in layer ? { bytes: layer.bytes } : { path: layer.path });
  }
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.imageManifest,
    ...(contents.artifactType === undefined ? {} : { artifactType: contents.artifactType }),
    config: configDescriptor,
    layers,
    ...annotated(contents.annotations),
  };
  const raw = rawManifest(Buffer.from(JSON.stringify(manifest)), mediaTypes.imageManifest);
  return {
    ...sourceOf([raw], blobs),
    holds: (digest) => digest === raw.digest || blobs.has(digest),
    manifest: raw,
    layers,
    descriptor: {
      mediaType: raw.mediaType,
      digest: raw.digest,
      size: raw.bytes.byteLength,
      ...(contents.artifactType === undefined ? {} : { artifactType: contents.artifactType }),
    },
  };
}

export type IndexContents = {
  readonly artifactType?: string;
  readonly manifests: readonly { readonly artifact: PackedArtifact; readonly platform?: Platform }[];
  readonly annotations?: Readonly<Record<string, string>>;
};

/** Several artifacts under one index, for example one per platform. */
export function packIndex(contents: IndexContents): PackedArtifact {
  const children = contents.manifests.map(({ artifact, platform }) => ({
    ...artifact.descriptor,
    ...(platform === undefined ? {} : { platform }),
  }));
  const index = {
    schemaVersion: 2,
    mediaType: mediaTypes.imageIndex,
    ...(contents.artifactType === undefined ? {} : { artifactType: contents.artifactType }),
    manifests: children,
    ...annotated(contents.annotations),
  };
  const raw = rawManifest(Buffer.from(JSON.stringify(index)), mediaTypes.imageIndex);
  const owner = (descriptor: Descriptor): PackedArtifact | undefined =>
    contents.manifests.find(({ artifact }) => artifact.holds(descriptor.digest))?.artifact;
  const own = sourceOf([raw], new Map());
  return {
    name: own.name,
    holds: (digest) => digest === raw.digest || contents.manifests.some(({ artifact }) => artifact.holds(digest)),
    getManifest: async (reference) => {
      if (reference === raw.digest) return raw;
      const child = contents.manifests.find(({ artifact }) => artifact.manifest.digest === reference)?.artifact;
      return (child ?? own).getManifest(reference);
    },
    openBlob: async (descriptor, options) => (owner(descriptor) ?? own).openBlob(descriptor, options),
    manifest: raw,
    layers: [],
    descriptor: { mediaType: raw.mediaType, digest: raw.digest, size: raw.bytes.byteLength },
  };
}

function sourceOf(manifests: readonly RawManifest[], blobs: ReadonlyMap<string, Held>): ContentSource {
  const name = 'the packed artifact';
  return {
    name,
    getManifest: async (reference) => {
      const found = manifests.find((each) => each.digest === reference);
      if (found === undefined) throw new LandfallError('LF-OCI-004', `${name} has no manifest ${reference}`);
      return found;
    },
    openBlob: async (descriptor, options) => {
      const held = blobs.get(descriptor.digest);
      if (held === undefined) throw new LandfallError('LF-OCI-004', `${name} has no blob ${descriptor.digest}`);
      if ('bytes' in held)
        return verifyStream(once(held.bytes), descriptor, `Blob ${descriptor.digest}`, options?.trail);
      const file = createReadStream(held.path, { highWaterMark: 1024 * 1024 });
      return verifyStream(file, descriptor, held.path, options?.trail);
    },
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

async function hashFile(path: string): Promise<Pick<Descriptor, 'digest' | 'size'>> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    const bytes: Uint8Array = chunk;
    hash.update(bytes);
    size += bytes.byteLength;
  }
  return { digest: digestSchema.parse(`sha256:${hash.digest('hex')}`), size };
}

function annotated(annotations: Readonly<Record<string, string>> | undefined): {
  annotations?: Record<string, string>;
} {
  if (annotations === undefined || Object.keys(annotations).length === 0) return {};
  const sorted = Object.entries(annotations).sort(([a], [b]) => (a < b ? -1 : 1));
  return { annotations: Object.fromEntries(sorted) };
}
