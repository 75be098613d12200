import { createReadStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Extract } from 'tar-stream';
import { LandfallError } from '../../contract/index.ts';
import { normalPath, pathProblem } from './safe-path.ts';

export type ExtractLimits = {
  /** Of all files together, unpacked. Default 4 GiB. */
  maxBytes?: number;
  /** Default 100,000. */
  maxEntries?: number;
};

export type ExtractOptions = ExtractLimits & {
  /** Is the source gzip? Default true. */
  gzip?: boolean;
  signal?: AbortSignal;
};

/**
 * Unpacks into `destination`, which is made and should be empty. Only plain files and folders: a link, a device, an
 * absolute path, "..", a file that is there already, or more than the limits end it. Since no link is ever written,
 * no later entry can pass through one.
 */
export async function extractTar(
  source: AsyncIterable<Uint8Array> | string,
  destination: string,
  options: ExtractOptions = {},
): Promise<{ readonly files: number; readonly bytes: number }> {
  const { maxBytes = 4 * 1024 ** 3, maxEntries = 100_000 } = options;
  // Before the file is opened: one that cannot be read says so at once, to whoever listens by then.
  const { extract } = await import('tar-stream');
  await mkdir(destination, { recursive: true });
  const input = typeof source === 'string' ? createReadStream(source) : source;
  const untar = extract();
  let files = 0;
  let bytes = 0;
  let entries = 0;
  const refuse = (name: string, why: string): LandfallError =>
    new LandfallError('LF-OCI-011', `The archive was refused at "${name.slice(0, 200)}": ${why}`);

  const write = async (): Promise<void> => {
    for await (const entry of untar) {
      const { name, type, mode, size } = entry.header;
      if (!isSize(size)) throw refuse(name, 'its size is no number of bytes');
      if (++entries > maxEntries) throw refuse(name, `it has more than ${maxEntries} entries`);
      // pax and GNU headers are eaten by tar-stream; "./" alone is the folder itself.
      if (normalPath(name) === '' && type === 'directory') {
        entry.resume();
        continue;
      }
      const problem = pathProblem(name);
      if (problem !== undefined) throw refuse(name, problem);
      const path = join(destination, normalPath(name));
      if (type === 'directory') {
        await mkdir(path, { recursive: true });
        entry.resume();
        continue;
      }
      if (type !== 'file' && type !== 'contiguous-file') throw refuse(name, `it is a ${type}`);
      if (bytes + size > maxBytes) throw refuse(name, `it unpacks to more than ${maxBytes} bytes`);
      await mkdir(dirname(path), { recursive: true });
      const file = await open(path, 'wx', (mode & 0o111) === 0 ? 0o644 : 0o755).catch((cause: unknown) => {
        const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
        throw reason === 'EEXIST' ? refuse(name, 'it is there already') : cause;
      });
      try {
        for await (const chunk of entry) if (chunk instanceof Uint8Array) await file.writeFile(chunk);
      } finally {
        await file.close();
      }
      files++;
      bytes += size;
    }
  };

  const unpack = options.gzip === false ? new PassThrough() : createGunzip();
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  const feeding = pipeline(input, unpack, sinkOf(untar), signal);
  const writing = write();
  writing.catch((error: unknown) => untar.destroy(error instanceof Error ? error : new Error(String(error))));
  const [written, fed] = await Promise.allSettled([writing, feeding]);
  for (const result of [written, fed]) {
    if (result.status === 'rejected' && result.reason instanceof LandfallError) throw result.reason;
  }
  for (const result of [fed, written]) {
    if (result.status === 'rejected') {
      const reason = result.reason instanceof Error ? result.reason.message : String(result.reason);
      throw new LandfallError('LF-OCI-011', `The archive could not be unpacked: ${reason}`, { cause: result.reason });
    }
  }
  return { files, bytes };
}

/** A size field in base 256 that says something else is no size to tar-stream 3.2.2: such an entry would never come to its end. */
export function isSize(size: unknown): size is number {
  return typeof size === 'number' && Number.isSafeInteger(size) && size >= 0;
}

/** tar-stream is built on streamx, whose streams are not Node's: this is one that is. */
function sinkOf(untar: Extract): Writable {
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      if (untar.write(chunk)) done();
      else untar.once('drain', () => done());
    },
    final: (done) => {
      untar.end(undefined);
      done();
    },
    destroy: (error, done) => {
      if (error !== null) untar.destroy(error);
      done(error);
    },
  });
  untar.once('close', () => sink.destroy());
  untar.on('error', (error: Error) => sink.destroy(error));
  return sink;
}
