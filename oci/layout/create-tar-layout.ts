import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { type Digest, digestSchema, sha256 } from '../../contract/index.ts';
import type { ContentTarget } from '../copy/content-store.ts';
import { type Descriptor, describeManifest, type ImageIndex } from '../manifest.ts';
import { mediaTypes } from '../media-types.ts';
import { notWritten } from '../not-written.ts';
import type { BlobBody } from '../registry/upload-body.ts';
import { type Content, verifyStream } from '../verify-stream.ts';
import { blockBytes, padding, tarHeader } from './tar-header.ts';

/** A layout that becomes one tar file. Nothing has its name before `finish`; without it nothing is left by `discard`. */
export type TarLayoutWriter = ContentTarget & {
  /** Writes the index of what got a tag, and gives the file its name. */
  finish(): Promise<void>;
  discard(): Promise<void>;
};

const refName = 'org.opencontainers.image.ref.name';

/** Writes an OCI layout as a plain tar, one blob after the other. What comes in the same order gives the same bytes. */
export async function createTarLayout(path: string): Promise<TarLayoutWriter> {
  const part = `${path}.${randomUUID()}.part`;
  const file = await open(part, 'wx', 0o644).catch(notWritten(path));
  const written = new Map<Digest, number>();
  const roots: Descriptor[] = [];
  let end = 0;
  let writing: Promise<unknown> = Promise.resolve();

  /** One entry after the other. One that breaks off is written over by the next, or cut off at the end. */
  const append = (name: string, content: Content, body: BlobBody, once = true): Promise<void> => {
    const next = writing.then(async () => {
      if (once && written.has(content.digest)) return;
      end = await writeEntry(file, end, name, content, body).catch(notWritten(path));
      if (once) written.set(content.digest, content.size);
    });
    writing = next.catch(() => undefined);
    return next;
  };
  const text = (name: string, value: string): Promise<void> => {
    const bytes = Buffer.from(value);
    return append(name, { digest: sha256(bytes), size: bytes.byteLength }, bytes, false);
  };
  const blobName = (digest: Digest): string => `blobs/sha256/${digest.slice('sha256:'.length)}`;
  const find = (reference: string): Digest | undefined =>
    roots.find((each) => each.annotations?.[refName] === reference)?.digest;

  await text('oci-layout', '{"imageLayoutVersion":"1.0.0"}');
  return {
    name: path,
    resolve: async (reference) => {
      const digest = digestSchema.safeParse(reference).data;
      if (digest === undefined) return find(reference);
      return written.has(digest) ? digest : undefined;
    },
    hasBlob: async ({ digest, size }) => written.get(digest) === size,
    putBlob: (descriptor, body) => append(blobName(descriptor.digest), descriptor, body),
    putManifest: async (manifest, options) => {
      const descriptor = describeManifest(manifest);
      await append(blobName(manifest.digest), descriptor, manifest.bytes);
      const tag = options?.tag;
      if (tag === undefined) return;
      const before = roots.findIndex((each) => each.annotations?.[refName] === tag);
      roots.splice(before === -1 ? roots.length : before, before === -1 ? 0 : 1, {
        ...descriptor,
        annotations: { [refName]: tag },
      });
    },
    finish: async () => {
      const index: ImageIndex = { schemaVersion: 2, mediaType: mediaTypes.imageIndex, manifests: roots };
      await text('index.json', JSON.stringify(index));
      await writeAll(file, Buffer.alloc(2 * blockBytes), end);
      await file.truncate(end + 2 * blockBytes);
      await file.sync();
      await file.close();
      await rename(part, path);
    },
    discard: async () => {
      await writing;
      await file.close().catch(() => undefined);
      await rm(part, { force: true });
    },
  };
}

/** Returns where the next entry begins. */
async function writeEntry(
  file: FileHandle,
  at: number,
  name: string,
  content: Content,
  body: BlobBody,
): Promise<number> {
  await writeAll(file, tarHeader({ name, size: content.size }), at);
  let end = at + blockBytes;
  const source = body instanceof Uint8Array ? once(body) : await body();
  for await (const chunk of verifyStream(source, content, `Blob ${content.digest}`)) {
    await writeAll(file, chunk, end);
    end += chunk.byteLength;
  }
  const zeros = padding(content.size);
  await writeAll(file, Buffer.alloc(zeros), end);
  return end + zeros;
}

async function writeAll(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done, at + done);
    done += bytesWritten;
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}
