import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Pack } from 'tar-stream';
import { type Digest, digestSchema, LandfallError } from '../../contract/index.ts';
import { type ArchiveEntry, directoryEntries, type DirectoryEntriesOptions } from './entries.ts';
import { withoutSystem } from './gzip-header.ts';
import { normalPath, pathProblem } from './safe-path.ts';

export type TarOptions = {
  /** Default true. */
  gzip?: boolean;
  /** Time of every entry. Default 1970-01-01: the same input twice gives the same bytes. */
  mtime?: Date;
};

/** A tar stream with sorted entries, one fixed time, owner root and modes 0755/0644. */
export function tarEntries(entries: readonly ArchiveEntry[], options: TarOptions = {}): Readable {
  const plain = tarChunks(prepare(entries), options);
  return Readable.from(options.gzip === false ? plain : gzipped(plain), { objectMode: false });
}

/** A folder as a stream. */
export async function tarDirectory(dir: string, options: TarOptions & DirectoryEntriesOptions = {}): Promise<Readable> {
  return tarEntries(await directoryEntries(dir, options), options);
}

export type WrittenTar = {
  readonly path: string;
  readonly digest: Digest;
  readonly size: number;
  /** Digest of the tar without gzip, for image configs. */
  readonly diffId: Digest;
};

/** Writes an archive to a file; a large layer never passes through memory as a whole. */
export async function writeTar(
  path: string,
  entries: readonly ArchiveEntry[],
  options: TarOptions = {},
): Promise<WrittenTar> {
  const plain = createHash('sha256');
  const packed = createHash('sha256');
  let size = 0;
  const tar = tap(tarChunks(prepare(entries), options), (chunk) => plain.update(chunk));
  const out = tap(options.gzip === false ? tar : gzipped(tar), (chunk) => {
    packed.update(chunk);
    size += chunk.byteLength;
  });
  await pipeline(Readable.from(out, { objectMode: false }), createWriteStream(path));
  const name = (hash: ReturnType<typeof createHash>): Digest => digestSchema.parse(`sha256:${hash.digest('hex')}`);
  return { path, size, digest: name(packed), diffId: name(plain) };
}

async function* tap(source: AsyncIterable<Uint8Array>, see: (chunk: Uint8Array) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    see(chunk);
    yield chunk;
  }
}

async function* tarChunks(entries: readonly ArchiveEntry[], options: TarOptions): AsyncGenerator<Uint8Array> {
  const { pack } = await import('tar-stream');
  const tar = pack();
  let at = '';
  void fill(tar, entries, options.mtime ?? new Date(0), (path) => {
    at = path;
  });
  try {
    for await (const chunk of tar) {
      if (chunk instanceof Uint8Array) yield chunk;
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LandfallError('LF-OCI-011', `"${at}" could not be packed: ${reason}`, { cause });
  }
}

async function* gzipped(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gzip = createGzip({ level: 6 });
  const feeding = pipeline(Readable.from(source, { objectMode: false }), gzip);
  feeding.catch(() => undefined); // told by the loop, too
  let first = true;
  for await (const chunk of gzip) {
    const bytes: Uint8Array = chunk;
    yield first ? withoutSystem(bytes) : bytes;
    first = false;
  }
  await feeding;
}

async function fill(
  tar: Pack,
  entries: readonly ArchiveEntry[],
  mtime: Date,
  onEntry: (path: string) => void,
): Promise<void> {
  try {
    for (const entry of entries) {
      onEntry(entry.path);
      await addEntry(tar, entry, mtime);
    }
    tar.finalize();
  } catch (error) {
    tar.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}

async function addEntry(tar: Pack, entry: ArchiveEntry, mtime: Date): Promise<void> {
  const base = { name: entry.path, mtime, uid: 0, gid: 0, uname: '', gname: '' };
  await new Promise<void>((resolve, reject) => {
    const done = (error?: Error | null): void => (error === undefined || error === null ? resolve() : reject(error));
    if (entry.kind === 'directory') tar.entry({ ...base, type: 'directory', mode: entry.mode ?? 0o755 }, done);
    else if (entry.kind === 'symlink')
      tar.entry({ ...base, type: 'symlink', linkname: entry.target, mode: 0o777 }, done);
    else if ('bytes' in entry) {
      tar.entry({ ...base, type: 'file', mode: entry.mode ?? 0o644 }, Buffer.from(entry.bytes), done);
    } else {
      const sink = tar.entry({ ...base, type: 'file', mode: entry.mode ?? 0o644, size: entry.size }, done);
      const file = createReadStream(entry.source, { highWaterMark: 1024 * 1024 });
      sink.on('error', reject); // a file that is shorter or longer than it was said
      file.on('error', (error) => sink.destroy(error));
      file.pipe(sink);
    }
  });
}

/** Sorted by their bytes, parents before children, each path once. */
function prepare(entries: readonly ArchiveEntry[]): ArchiveEntry[] {
  const named = entries.map((entry) => {
    const problem = pathProblem(entry.path);
    if (problem !== undefined) throw new LandfallError('LF-OCI-011', `"${entry.path}" cannot be packed: ${problem}`);
    return { ...entry, path: normalPath(entry.path) };
  });
  const sorted = named.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  for (const [i, entry] of sorted.entries()) {
    if (entry.path === sorted[i - 1]?.path)
      throw new LandfallError('LF-OCI-011', `"${entry.path}" stands in the archive twice`);
  }
  return sorted;
}
