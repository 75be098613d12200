import { type FileHandle, open } from 'node:fs/promises';
import { type Digest, digestSchema, LandfallError, parseJson, sha256 } from '../../contract/index.ts';
import type { ContentSource } from '../copy/content-store.ts';
import { type Descriptor, imageIndexSchema, maxManifestBytes, parseManifest, rawManifest } from '../manifest.ts';
import { verifyStream } from '../verify-stream.ts';
import { manifestMediaType } from './manifest-media-type.ts';
import { blockBytes, padding, parsePax, parseTarHeader, refuse } from './tar-header.ts';

/** An OCI layout in one tar file (`oci-archive` of skopeo, `docker buildx build -o type=oci`, `docker save`): read where it lies, never unpacked. */
export type TarLayout = ContentSource & {
  roots(): Promise<readonly Descriptor[]>;
  close(): Promise<void>;
};

type Place = { readonly at: number; readonly size: number };

const refName = 'org.opencontainers.image.ref.name';
const maxEntries = 200_000;
const maxExtraHeader = 64 * 1024;
const readBytes = 1024 * 1024;
const jsonLimit = { bytes: maxManifestBytes, depth: 32 };

/**
 * Opens a layout and finds where each blob lies: headers are read, contents are passed over. What else is in the file (`manifest.json` of
 * Docker) is left alone, since nothing is ever written under a name of its own. A blob is verified when it is read.
 */
export async function openTarLayout(path: string): Promise<TarLayout> {
  const file = await open(path).catch((cause: unknown) => {
    throw refuse(path, 'it cannot be opened', cause);
  });
  try {
    const places = await findPlaces(file, path);
    const marker = await readWhole(file, places.get('oci-layout'), path, 'oci-layout');
    if (!marker.toString('utf8').includes('"1.0.0"')) throw refuse(path, 'it is a layout of another version');
    const index = await readWhole(file, places.get('index.json'), path, 'index.json');
    const { manifests } = parseJson(index, imageIndexSchema, `index.json of ${path}`, jsonLimit);
    return { ...source(file, places, manifests, path), roots: async () => manifests, close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function source(
  file: FileHandle,
  places: ReadonlyMap<string, Place>,
  roots: readonly Descriptor[],
  path: string,
): ContentSource {
  const placeOf = (digest: Digest): Place => {
    const place = places.get(`blobs/sha256/${digest.slice('sha256:'.length)}`);
    if (place === undefined) throw new LandfallError('LF-OCI-004', `${path} does not hold ${digest}`);
    return place;
  };
  return {
    name: path,
    getManifest: async (reference) => {
      const root = roots.find((each) => each.digest === reference || each.annotations?.[refName] === reference);
      const digest = digestSchema.safeParse(reference).data ?? root?.digest;
      if (digest === undefined) throw new LandfallError('LF-OCI-004', `${path} has no manifest ${reference}`);
      const bytes = await readWhole(file, placeOf(digest), path, digest);
      if (sha256(bytes) !== digest)
        throw new LandfallError('LF-OCI-005', `Manifest ${reference} in ${path} was altered`);
      const raw = rawManifest(bytes, manifestMediaType(bytes) ?? root?.mediaType ?? '');
      parseManifest(raw);
      return raw;
    },
    openBlob: async (descriptor, options) =>
      verifyStream(
        readPlace(file, placeOf(descriptor.digest)),
        descriptor,
        `Blob ${descriptor.digest} in ${path}`,
        options?.trail,
      ),
  };
}

async function findPlaces(file: FileHandle, path: string): Promise<Map<string, Place>> {
  const { size: whole } = await file.stat();
  const places = new Map<string, Place>();
  let next: { path?: string; size?: number } = {};
  for (let at = 0, entries = 0; at + blockBytes <= whole; entries++) {
    if (entries > maxEntries) throw refuse(path, `it has more than ${maxEntries} entries`);
    const header = parseTarHeader(await readAt(file, at, blockBytes, path), path);
    if (header === null) break;
    const { type } = header;
    const size = type === 'x' || type === 'g' || type === 'L' ? header.size : (next.size ?? header.size);
    const content = at + blockBytes;
    if (content + size > whole) throw refuse(path, 'it ends too early');
    at = content + size + padding(size);
    if (type === 'x' || type === 'L') {
      if (size > maxExtraHeader) throw refuse(path, 'a name in it is too long');
      const bytes = await readAt(file, content, size, path);
      next = {
        ...next,
        ...(type === 'x' ? parsePax(bytes, path) : { path: bytes.toString('utf8').replace(/\0.*$/s, '') }),
      };
      continue;
    }
    if (type === 'g') continue;
    add(places, (next.path ?? header.name).replace(/^\.\//, ''), type, { at: content, size }, path);
    next = {};
  }
  if (!places.has('oci-layout') || !places.has('index.json'))
    throw refuse(path, 'it holds no OCI layout, or not all of it');
  return places;
}

function add(places: Map<string, Place>, name: string, type: string, place: Place, path: string): void {
  const ours = name === 'oci-layout' || name === 'index.json' || /^blobs\/sha256\/[0-9a-f]{64}$/.test(name);
  if (!ours) return;
  if (type !== '0' && type !== '\0') throw refuse(path, `${name} in it is a link or no file`);
  if (places.has(name)) throw refuse(path, `${name} is in it twice`);
  places.set(name, place);
}

async function readWhole(file: FileHandle, place: Place | undefined, path: string, name: string): Promise<Buffer> {
  if (place === undefined) throw new LandfallError('LF-OCI-004', `${path} does not hold ${name}`);
  if (place.size > maxManifestBytes)
    throw new LandfallError('LF-OCI-006', `${name} in ${path} is too large for a manifest`);
  return readAt(file, place.at, place.size, path);
}

async function readAt(file: FileHandle, at: number, size: number, path: string): Promise<Buffer> {
  const bytes = Buffer.alloc(size);
  for (let done = 0; done < size;) {
    const { bytesRead } = await file.read(bytes, done, size - done, at + done);
    if (bytesRead === 0) throw refuse(path, 'it became shorter while it was read');
    done += bytesRead;
  }
  return bytes;
}

/** Many may read at a time: each says where. */
async function* readPlace(file: FileHandle, { at, size }: Place): AsyncGenerator<Uint8Array, void, undefined> {
  for (let done = 0; done < size;) {
    const chunk = Buffer.allocUnsafe(Math.min(readBytes, size - done));
    const { bytesRead } = await file.read(chunk, 0, chunk.length, at + done);
    if (bytesRead === 0) return;
    done += bytesRead;
    yield chunk.subarray(0, bytesRead);
  }
}
