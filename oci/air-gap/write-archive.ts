import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { type Digest, LandfallError } from '../../contract/index.ts';
import type { ContentSource, ContentTarget } from '../copy/content-store.ts';
import { copyArtifact } from '../copy/copy-artifact.ts';
import type { CopiedObject } from '../mirror/mirror-options.ts';
import { type Descriptor, describeManifest, type ImageIndex } from '../manifest.ts';
import { mediaTypes } from '../media-types.ts';
import type { BlobBody } from '../registry/put-blob.ts';
import { verifyStream } from '../verify-stream.ts';

export type ArchiveRoot = {
  from: ContentSource;
  digest: Digest;
  /** Where it belongs: `shop/gateway`, `shop/gateway:1.0.0`. Kept as the root's ref.name. */
  name: string;
};

export type WriteArchiveOptions = {
  path: string;
  roots: readonly ArchiveRoot[];
  signal?: AbortSignal;
  onProgress?: (object: CopiedObject) => void;
};

const refName = 'org.opencontainers.image.ref.name';
/** The same contents give the same bytes. The oldest time that a zip can tell. */
const mtime = new Date(Date.UTC(1980, 0, 1, 12));
const options = { compress: false, mtime, mode: 0o100644 } as const;

/**
 * Writes an OCI image layout as one zip: stored, not compressed, so that every blob can be read where it lies. Under a temporary name until it is
 * whole. Every byte is verified on its way in.
 */
export async function writeArchive({
  path,
  roots,
  signal,
  onProgress,
}: WriteArchiveOptions): Promise<{ blobs: number; bytes: number }> {
  const part = `${path}.${randomUUID()}.part`;
  const zip = new ZipFile();
  const failed = new AbortController();
  const written = pipeline(Readable.from(zip.outputStream), createWriteStream(part, { flags: 'wx' }), {
    signal: signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]),
  });
  written.catch(() => undefined);
  try {
    const target = zipTarget(zip, path);
    const descriptors: Descriptor[] = [];
    for (const { from, digest, name } of roots) {
      await copyArtifact({
        from,
        to: target,
        digest,
        concurrency: 1,
        ...(signal === undefined ? {} : { signal }),
        ...(onProgress === undefined ? {} : { onProgress }),
      });
      const root = target.manifests.get(digest);
      if (root === undefined) throw new LandfallError('LF-OCI-004', `${from.name}@${digest} is not in the archive`);
      descriptors.push({ ...root, annotations: { [refName]: name } });
    }
    const index: ImageIndex = { schemaVersion: 2, mediaType: mediaTypes.imageIndex, manifests: descriptors };
    zip.addBuffer(Buffer.from(JSON.stringify(index)), 'index.json', options);
    zip.addBuffer(Buffer.from('{"imageLayoutVersion":"1.0.0"}'), 'oci-layout', options);
    zip.end();
    await written;
    await rename(part, path);
    return { blobs: target.blobs.size, bytes: target.bytes() };
  } catch (error) {
    failed.abort();
    await written.catch(() => undefined);
    throw error;
  } finally {
    await rm(part, { force: true });
  }
}

type ZipTarget = ContentTarget & {
  readonly blobs: Set<string>;
  readonly manifests: Map<string, Descriptor>;
  bytes: () => number;
};

function zipTarget(zip: ZipFile, name: string): ZipTarget {
  const blobs = new Set<string>();
  const manifests = new Map<string, Descriptor>();
  let bytes = 0;
  const entry = (digest: Digest): string => `blobs/sha256/${digest.slice('sha256:'.length)}`;
  return {
    name,
    blobs,
    manifests,
    bytes: () => bytes,
    resolve: (reference) => Promise.resolve(manifests.get(reference)?.digest),
    hasBlob: ({ digest }) => Promise.resolve(blobs.has(digest)),
    putBlob: async (descriptor, body) => {
      if (blobs.has(descriptor.digest)) return;
      await addStream(zip, entry(descriptor.digest), descriptor, body);
      blobs.add(descriptor.digest);
      bytes += descriptor.size;
    },
    putManifest: (raw) => {
      if (!manifests.has(raw.digest)) {
        manifests.set(raw.digest, describeManifest(raw));
        if (!blobs.has(raw.digest)) zip.addBuffer(Buffer.from(raw.bytes), entry(raw.digest), options);
        blobs.add(raw.digest);
        bytes += raw.bytes.byteLength;
      }
      return Promise.resolve();
    },
  };
}

/** Done when the last byte was taken; a broken source breaks the archive, since a zip cannot take an entry back. */
async function addStream(zip: ZipFile, entry: string, descriptor: Descriptor, body: BlobBody): Promise<void> {
  const source = body instanceof Uint8Array ? Readable.from([body]) : await body();
  const stream = Readable.from(verifyStream(source, descriptor, `Blob ${descriptor.digest}`), { objectMode: false });
  await new Promise<void>((resolve, reject) => {
    stream.once('error', reject);
    stream.once('end', resolve);
    zip.addReadStream(stream, entry, { ...options, size: descriptor.size });
  });
}
