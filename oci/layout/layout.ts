import { createReadStream } from 'node:fs';
import { link, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { type Digest, digestSchema, LandfallError, parseJson, sha256 } from '../../contract/index.ts';
import type { ContentSource, ContentTarget } from '../copy/content-store.ts';
import {
  type Descriptor,
  describeManifest,
  type ImageIndex,
  imageIndexSchema,
  maxManifestBytes,
  parseManifest,
  rawManifest,
} from '../manifest.ts';
import { mediaTypes } from '../media-types.ts';
import { notWritten } from '../not-written.ts';
import { writeAtomically } from '../write-atomically.ts';
import { manifestMediaType } from './manifest-media-type.ts';
import { type Content, verifyStream } from '../verify-stream.ts';

/** An OCI image layout on disk (image-spec, image-layout.md): blobs by digest, roots in index.json. */
export type Layout = ContentSource &
  ContentTarget & {
    readonly dir: string;
    /** Path of a blob's file; it may not exist. */
    blobPath(digest: Digest): string;
    roots(): Promise<readonly Descriptor[]>;
  };

const refName = 'org.opencontainers.image.ref.name';
const layoutFile = '{"imageLayoutVersion":"1.0.0"}';
const emptyIndex: ImageIndex = { schemaVersion: 2, mediaType: mediaTypes.imageIndex, manifests: [] };
const limit = { bytes: maxManifestBytes, depth: 32 };

/** Makes the folder a layout unless it is one already. */
export async function createLayout(dir: string): Promise<Layout> {
  await mkdir(join(dir, 'blobs', 'sha256'), { recursive: true }).catch(notWritten(dir));
  await createWhole(join(dir, 'index.json'), JSON.stringify(emptyIndex));
  await createWhole(join(dir, 'oci-layout'), layoutFile);
  return openLayout(dir);
}

/** A file that is there already stays; nobody ever sees half of one, killed or side by side. */
async function createWhole(path: string, text: string): Promise<void> {
  const made = `${path}.${randomUUID()}`;
  await writeFile(made, text);
  await link(made, path).catch(ignoreExisting);
  await rm(made);
}

export async function openLayout(dir: string): Promise<Layout> {
  const marker = await readFile(join(dir, 'oci-layout'), 'utf8').catch((cause: unknown) => {
    throw new LandfallError('LF-OCI-012', `${dir} is not an OCI image layout: it has no file oci-layout`, { cause });
  });
  if (!marker.includes('"1.0.0"')) throw new LandfallError('LF-OCI-012', `${dir} is a layout of another version`);
  const readIndex = async (): Promise<ImageIndex> =>
    parseJson(await readFile(join(dir, 'index.json')), imageIndexSchema, `index.json of ${dir}`, limit);
  const blobPath = (digest: Digest): string => join(dir, 'blobs', 'sha256', digest.slice('sha256:'.length));
  const find = async (reference: string): Promise<Descriptor | undefined> =>
    (await readIndex()).manifests.find(
      (each) => each.digest === reference || each.annotations?.[refName] === reference,
    );

  let writing: Promise<unknown> = Promise.resolve();
  const addRoot = (root: Descriptor): Promise<void> => {
    // One writer after the other within this process; the rename keeps readers whole.
    const next = writing.then(async () => {
      const index = await readIndex();
      const tag = root.annotations?.[refName];
      const same = (each: Descriptor): boolean =>
        tag === undefined ? each.digest === root.digest : each.annotations?.[refName] === tag;
      if (tag === undefined && index.manifests.some(same)) return;
      const manifests = [...index.manifests.filter((each) => !same(each)), root];
      await writeAtomically(join(dir, 'index.json'), JSON.stringify({ ...index, manifests }));
    });
    writing = next.catch(() => undefined);
    return next;
  };

  return {
    dir,
    name: dir,
    blobPath,
    roots: async () => (await readIndex()).manifests,
    getManifest: async (reference) => {
      const digest = digestSchema.safeParse(reference).data ?? (await find(reference))?.digest;
      const bytes = digest === undefined ? undefined : await readSmall(blobPath(digest));
      if (bytes === undefined) throw new LandfallError('LF-OCI-004', `${dir} has no manifest ${reference}`);
      if (sha256(bytes) !== digest)
        throw new LandfallError('LF-OCI-005', `Manifest ${reference} in ${dir} was altered`);
      const raw = rawManifest(bytes, manifestMediaType(bytes) ?? (await find(reference))?.mediaType ?? '');
      parseManifest(raw);
      return raw;
    },
    openBlob: async (descriptor, options) => {
      if ((await sizeOf(blobPath(descriptor.digest))) === undefined) {
        throw new LandfallError('LF-OCI-004', `${dir} has no blob ${descriptor.digest}`);
      }
      const stream = createReadStream(blobPath(descriptor.digest), { highWaterMark: 1024 * 1024 });
      return verifyStream(stream, descriptor, `Blob ${descriptor.digest} in ${dir}`, options?.trail);
    },
    resolve: async (reference) => {
      const digest = digestSchema.safeParse(reference).data;
      if (digest === undefined) return (await find(reference))?.digest;
      return (await sizeOf(blobPath(digest))) === undefined ? undefined : digest;
    },
    hasBlob: async ({ digest, size }) => (await sizeOf(blobPath(digest))) === size,
    putBlob: async (descriptor, body) =>
      storeBlob(blobPath(descriptor.digest), descriptor, body instanceof Uint8Array ? [body] : await body()).catch(
        notWritten(dir),
      ),
    putManifest: async (manifest, options) => {
      await storeBlob(blobPath(manifest.digest), describeManifest(manifest), [manifest.bytes]).catch(notWritten(dir));
      const tag = options?.tag;
      if (tag !== undefined) await addRoot({ ...describeManifest(manifest), annotations: { [refName]: tag } });
    },
  };
}

/** Under a temporary name first: a half-written blob never has its digest's name. */
async function storeBlob(
  path: string,
  content: Content,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  if ((await sizeOf(path)) === content.size) return;
  const temporary = `${path}.${randomUUID()}.part`;
  const file = await open(temporary, 'wx', 0o644);
  try {
    for await (const chunk of verifyStream(asAsync(source), content, `Blob ${content.digest}`))
      await file.writeFile(chunk);
    await file.close();
    await rename(temporary, path);
  } finally {
    await file.close().catch(() => undefined);
    await rm(temporary, { force: true });
  }
}

async function* asAsync(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* source;
}

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    (found) => found.size,
    () => undefined,
  );
}

async function readSmall(path: string): Promise<Uint8Array | undefined> {
  const size = await sizeOf(path);
  if (size === undefined) return undefined;
  if (size > maxManifestBytes) throw new LandfallError('LF-OCI-006', `${path} is too large for a manifest`);
  return readFile(path);
}

function ignoreExisting(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
}
