import { crc32 } from 'node:zlib';
import type { Entry, ZipFile } from 'yauzl';
import { type Digest, digestSchema, LandfallError, parseJson, sha256 } from '../../contract/index.ts';
import type { ContentSource } from '../copy/content-store.ts';
import type { PlatformName } from '../copy/platform.ts';
import { type Descriptor, imageIndexSchema, maxManifestBytes, parseManifest, rawManifest } from '../manifest.ts';
import { manifestMediaType } from '../layout/manifest-media-type.ts';
import { type Content, verifyStream } from '../verify-stream.ts';
import { findMissing } from './find-missing.ts';
import { platformsOf, refName } from './root-annotations.ts';

export type ArchivedRoot = {
  readonly descriptor: Descriptor;
  readonly name: string;
  /** Of an index of which not all platforms are in the archive. */
  readonly platforms: readonly PlatformName[] | undefined;
};

export type AirGapArchive = ContentSource & {
  /** What is in it, with the name it belongs under. */
  readonly roots: readonly ArchivedRoot[];
  close(): void;
};

/** Bytes of blobs. */
export type Checked = { readonly done: number; readonly total: number };

const maxEntries = 200_000;
const limit = { bytes: maxManifestBytes, depth: 32 };

/**
 * Opens an archive and checks all of it before anything of it is used: names, sizes, every byte against the digest that is its name (of the index
 * against its checksum), and that everything is in it that its roots name. LF-OCI-016 says what is wrong with it.
 */
export async function openArchive(
  path: string,
  { signal, onChecked }: { signal?: AbortSignal; onChecked?: (bytes: Checked) => void } = {},
): Promise<AirGapArchive> {
  const { openPromise } = await import('yauzl');
  const zip = await openPromise(path, {
    lazyEntries: true,
    strictFileNames: true,
    validateEntrySizes: true,
    autoClose: false,
  }).catch((cause: unknown) => {
    const opened = !(cause instanceof Error && 'syscall' in cause);
    throw refuse(path, opened ? 'it is not a whole zip file' : 'it cannot be opened', cause);
  });
  try {
    const { blobs, index } = await readEntries(zip, path);
    const checked = { done: 0, total: [...blobs.values()].reduce((sum, entry) => sum + entry.uncompressedSize, 0) };
    for (const [digest, entry] of blobs) {
      signal?.throwIfAborted();
      await check(zip, entry, { digest, size: entry.uncompressedSize }, path);
      checked.done += entry.uncompressedSize;
      onChecked?.({ ...checked });
    }
    const roots = parseJson(
      await readWhole(zip, index, path),
      imageIndexSchema,
      `index.json of ${path}`,
      limit,
    ).manifests;
    const content = source(zip, blobs, path);
    const named = roots.flatMap((descriptor) => {
      const name = descriptor.annotations?.[refName];
      return name === undefined ? [] : [{ descriptor, name, platforms: platformsOf(descriptor) }];
    });
    if (named.length === 0) throw refuse(path, 'its index names nothing');
    const held = (digest: Digest): number | undefined => blobs.get(digest)?.uncompressedSize;
    const missing = await findMissing(content, held, roots);
    if (missing !== undefined) throw refuse(path, missing);
    const referrers = await referrersOf(content, roots);
    return {
      ...content,
      listReferrers: async (subject) => referrers.get(subject) ?? [],
      roots: named,
      close: () => zip.close(),
    };
  } catch (error) {
    zip.close();
    if (signal?.aborted === true || (error instanceof LandfallError && error.code === 'LF-OCI-016')) throw error;
    throw refuse(path, 'it cannot be read', error);
  }
}

async function readEntries(zip: ZipFile, path: string): Promise<{ blobs: Map<Digest, Entry>; index: Entry }> {
  if (zip.entryCount > maxEntries) throw refuse(path, `it has more than ${maxEntries} entries`);
  const blobs = new Map<Digest, Entry>();
  const others = new Map<string, Entry>();
  for await (const entry of zip.eachEntry()) {
    if (entry.compressionMethod !== 0 || entry.isEncrypted())
      throw refuse(path, `${entry.fileName} is compressed or encrypted`);
    const hex = /^blobs\/sha256\/([0-9a-f]{64})$/.exec(entry.fileName)?.[1];
    const known = hex !== undefined || entry.fileName === 'index.json' || entry.fileName === 'oci-layout';
    if (!known) throw refuse(path, `${entry.fileName} does not belong into it`);
    if (hex === undefined) {
      if (others.has(entry.fileName)) throw refuse(path, `${entry.fileName} is in it twice`);
      others.set(entry.fileName, entry);
      continue;
    }
    const digest = digestSchema.parse(`sha256:${hex}`);
    if (blobs.has(digest)) throw refuse(path, `${digest} is in it twice`);
    blobs.set(digest, entry);
  }
  const index = others.get('index.json');
  if (index === undefined || !others.has('oci-layout')) throw refuse(path, 'it is not whole: the index is missing');
  return { blobs, index };
}

/** Roots without a name are there for what they refer to. */
async function referrersOf(
  content: ContentSource,
  roots: readonly Descriptor[],
): Promise<ReadonlyMap<string, readonly Descriptor[]>> {
  const referrers = new Map<string, Descriptor[]>();
  for (const root of roots.filter((each) => each.annotations?.[refName] === undefined)) {
    const parsed = parseManifest(await content.getManifest(root.digest));
    const { subject } = parsed.kind === 'index' ? parsed.index : parsed.manifest;
    if (subject !== undefined) referrers.set(subject.digest, [...(referrers.get(subject.digest) ?? []), root]);
  }
  return referrers;
}

function source(zip: ZipFile, blobs: ReadonlyMap<Digest, Entry>, path: string): ContentSource {
  const find = (digest: Digest): Entry => {
    const entry = blobs.get(digest);
    if (entry === undefined) throw new LandfallError('LF-OCI-004', `${path} does not hold ${digest}`);
    return entry;
  };
  return {
    name: path,
    getManifest: async (reference) => {
      const digest = digestSchema.safeParse(reference).data;
      if (digest === undefined)
        throw new LandfallError('LF-OCI-004', `${path} is asked by digest, not for ${reference}`);
      const bytes = await readWhole(zip, find(digest), path);
      if (sha256(bytes) !== digest) throw refuse(path, `${digest} was altered after it was checked`);
      const raw = rawManifest(bytes, manifestMediaType(bytes) ?? '');
      parseManifest(raw);
      return raw;
    },
    openBlob: async (descriptor, options) =>
      verifyStream(
        await zip.openReadStreamPromise(find(descriptor.digest)),
        descriptor,
        `Blob ${descriptor.digest} in ${path}`,
        options?.trail,
      ),
  };
}

async function check(zip: ZipFile, entry: Entry, content: Content, path: string): Promise<void> {
  try {
    const stream = await zip.openReadStreamPromise(entry);
    for await (const chunk of verifyStream(stream, content, `Blob ${content.digest}`)) void chunk;
  } catch (cause) {
    throw refuse(path, `${content.digest} is not what its name says`, cause);
  }
}

async function readWhole(zip: ZipFile, entry: Entry, path: string): Promise<Uint8Array> {
  if (entry.uncompressedSize > maxManifestBytes) throw refuse(path, `${entry.fileName} is too large for a manifest`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of await zip.openReadStreamPromise(entry)) {
    const bytes: Uint8Array = chunk;
    chunks.push(bytes);
  }
  const bytes = Buffer.concat(chunks);
  // What has no digest for its name has this alone.
  if (crc32(bytes) !== entry.crc32) throw refuse(path, `${entry.fileName} was altered`);
  return bytes;
}

function refuse(path: string, why: string, cause?: unknown): LandfallError {
  return new LandfallError('LF-OCI-016', `the archive ${path} is refused: ${why}`, { cause });
}
