import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { addAbortSignal, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ZipFile } from 'yazl';
import { type Digest, LandfallError } from '../../contract/index.ts';
import type { ContentSource, ContentTarget } from '../copy/content-store.ts';
import { immutableTag } from '../copy/immutable-tag.ts';
import type { PlatformName } from '../copy/platform.ts';
import type { CopiedObject } from '../mirror/mirror-options.ts';
import type { MirrorProgress } from '../mirror/progress.ts';
import { mirrorSet } from '../mirror/mirror-set.ts';
import { type Descriptor, describeManifest, type ImageIndex, parseManifest } from '../manifest.ts';
import { indexTypes, mediaTypes } from '../media-types.ts';
import { notWritten } from '../not-written.ts';
import type { BlobBody } from '../registry/upload-body.ts';
import { verifyStream } from '../verify-stream.ts';
import { progressOver } from './progress-over.ts';
import { refName, repositoryOf, rootAnnotations } from './root-annotations.ts';

export type ArchiveRoot = {
  from: ContentSource;
  digest: Digest;
  /** Where it belongs: `shop/gateway`, `shop/gateway:1.0.0`. Kept as the root's ref.name. */
  name: string;
  /** Only these of an index. Default: all. */
  platforms?: readonly PlatformName[];
  /** Signatures, attestations and SBOMs, too. */
  referrers?: boolean;
};

export type WriteArchiveOptions = {
  path: string;
  roots: readonly ArchiveRoot[];
  signal?: AbortSignal;
  /** Called often, with each piece of a blob. The totals grow with each root, until the last. */
  onProgress?: (progress: MirrorProgress) => void;
  onObject?: (object: CopiedObject) => void;
};

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
  onObject,
}: WriteArchiveOptions): Promise<{ blobs: number; bytes: number }> {
  const part = `${path}.${randomUUID()}.part`;
  const yazl = await import('yazl');
  const zip = new yazl.ZipFile();
  const failed = new AbortController();
  const written = pipeline(Readable.from(zip.outputStream), createWriteStream(part, { flags: 'wx' }), {
    signal: signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]),
  });
  // With nobody to take its bytes a zip waits for ever.
  const broken = new AbortController();
  written.catch((cause: unknown) => broken.abort(cause));
  const ends = signal === undefined ? broken.signal : AbortSignal.any([signal, broken.signal]);
  try {
    const contents: Contents = { zip, blobs: new Set(), manifests: new Map(), roots: [], bytes: 0 };
    const progress = progressOver(roots.length, onProgress);
    for (const { name, ...root } of roots) {
      // One after the other, and so within each: a zip has one end.
      const to = zipTarget(contents, `${path} (${name})`, repositoryOf(name), ends);
      await mirrorSet({
        items: [{ ...root, to }],
        concurrency: 1,
        signal: ends,
        onProgress: progress.of,
        ...(onObject === undefined ? {} : { onObject }),
      });
      progress.next();
      if (root.platforms !== undefined) await addIndexesWithin(contents, root.from, to, root.digest);
      const held = contents.manifests.get(root.digest);
      if (held === undefined) throw new LandfallError('LF-OCI-004', `${to.name} does not hold ${root.digest}`);
      contents.roots.push({ ...held, annotations: rootAnnotations(name, root.platforms) });
    }
    const index: ImageIndex = { schemaVersion: 2, mediaType: mediaTypes.imageIndex, manifests: contents.roots };
    zip.addBuffer(Buffer.from(JSON.stringify(index)), 'index.json', options);
    zip.addBuffer(Buffer.from('{"imageLayoutVersion":"1.0.0"}'), 'oci-layout', options);
    zip.end();
    await written;
    await rename(part, path);
    return { blobs: contents.blobs.size, bytes: contents.bytes };
  } catch (error) {
    if (broken.signal.aborted && signal?.aborted !== true) return notWritten(path)(broken.signal.reason);
    failed.abort();
    await written.catch(() => undefined);
    throw error;
  } finally {
    await rm(part, { force: true });
  }
}

/** What was put into the zip so far, by all of its targets. */
type Contents = {
  readonly zip: ZipFile;
  readonly blobs: Set<string>;
  readonly manifests: Map<string, Descriptor>;
  readonly roots: Descriptor[];
  bytes: number;
};

/** The part of the archive that belongs into one repository. */
function zipTarget(contents: Contents, name: string, repository: string, ends: AbortSignal): ContentTarget {
  const { zip, blobs, manifests, roots } = contents;
  const entry = (digest: Digest): string => `blobs/sha256/${digest.slice('sha256:'.length)}`;
  const addRoot = (root: Descriptor): void => {
    const same = (each: Descriptor): boolean =>
      each.digest === root.digest && each.annotations?.[refName] === root.annotations?.[refName];
    if (!roots.some(same)) roots.push(root);
  };
  return {
    name,
    resolve: (reference) => Promise.resolve(manifests.get(reference)?.digest),
    hasBlob: ({ digest }) => Promise.resolve(blobs.has(digest)),
    putBlob: async (descriptor, body) => {
      if (blobs.has(descriptor.digest)) return;
      await addStream(zip, entry(descriptor.digest), descriptor, { body, ends });
      blobs.add(descriptor.digest);
      contents.bytes += descriptor.size;
    },
    putManifest: async (raw, call) => {
      const descriptor = describeManifest(raw);
      if (!manifests.has(raw.digest)) {
        manifests.set(raw.digest, descriptor);
        if (!blobs.has(raw.digest)) zip.addBuffer(Buffer.from(raw.bytes), entry(raw.digest), options);
        blobs.add(raw.digest);
        contents.bytes += raw.bytes.byteLength;
      }
      // A signature that is found by its tag (cosign) belongs beside what it signs.
      const tag = call?.tag;
      if (tag === undefined || tag === immutableTag(raw.digest)) return;
      addRoot({ ...descriptor, annotations: rootAnnotations(`${repository}:${tag}`) });
    },
    // Roots without a name: whoever reads the archive finds them by their subject.
    linkReferrers: async (_, referrers) => {
      for (const { mediaType, digest, size, artifactType } of referrers) {
        addRoot({ mediaType, digest, size, ...(artifactType === undefined ? {} : { artifactType }) });
      }
    },
  };
}

/** Also those within an index of which no image was wanted: whoever reads the archive looks into them. */
async function addIndexesWithin(
  contents: Contents,
  from: ContentSource,
  to: ContentTarget,
  digest: Digest,
): Promise<void> {
  const parsed = parseManifest(await from.getManifest(digest));
  if (parsed.kind !== 'index') return;
  for (const child of parsed.index.manifests.filter(({ mediaType }) => indexTypes.includes(mediaType))) {
    if (!contents.manifests.has(child.digest)) await to.putManifest(await from.getManifest(child.digest));
    await addIndexesWithin(contents, from, to, child.digest);
  }
}

/** Done when the last byte was taken; a broken source breaks the archive, since a zip cannot take an entry back. */
async function addStream(
  zip: ZipFile,
  entry: string,
  descriptor: Descriptor,
  { body, ends }: { body: BlobBody; ends: AbortSignal },
): Promise<void> {
  const source = body instanceof Uint8Array ? Readable.from([body]) : await body();
  const stream = Readable.from(verifyStream(source, descriptor, `Blob ${descriptor.digest}`), { objectMode: false });
  await new Promise<void>((resolve, reject) => {
    addAbortSignal(ends, stream).once('error', reject);
    stream.once('end', resolve);
    zip.addReadStream(stream, entry, { ...options, size: descriptor.size });
  });
}
