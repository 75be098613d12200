import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Entry, openPromise } from 'yauzl';
import { LandfallError, describeError } from '../../contract/index.ts';

const symbolicLink = 0o120000;
const typeBits = 0o170000;

/**
 * Unpacks a zip of files and folders into an empty folder. Absolute names, `..` and backslashes are refused by yauzl, sizes that do not hold too;
 * links and anything above `maxBytes` are refused here.
 */
export async function unzip(
  file: string,
  intoDir: string,
  options: { maxBytes: number; signal: AbortSignal },
): Promise<void> {
  let left = options.maxBytes;
  const zip = await openPromise(file, { lazyEntries: true, strictFileNames: true, validateEntrySizes: true }).catch(
    (cause: unknown) => {
      throw unsafe(file, describeError(cause));
    },
  );
  try {
    for await (const entry of zip.eachEntry()) {
      const mode = entry.externalFileAttributes >>> 16;
      if ((mode & typeBits) === symbolicLink) throw unsafe(file, `${entry.fileName} is a link`);
      left -= entry.uncompressedSize;
      if (left < 0) throw unsafe(file, `it unpacks to more than ${options.maxBytes} bytes`);
      await write(entry, join(intoDir, entry.fileName), mode, options.signal);
    }
  } catch (cause) {
    options.signal.throwIfAborted();
    // No errno: yauzl found something wrong with the archive. With one: the disk.
    if (cause instanceof LandfallError || (cause instanceof Error && 'errno' in cause)) throw cause;
    throw unsafe(file, describeError(cause));
  } finally {
    zip.close();
  }

  async function write(entry: Entry, path: string, mode: number, signal: AbortSignal): Promise<void> {
    if (entry.fileName.endsWith('/')) {
      await mkdir(path, { recursive: true });
      return;
    }
    await mkdir(dirname(path), { recursive: true });
    const executable = (mode & 0o111) !== 0;
    const output = createWriteStream(path, { flags: 'wx', mode: executable ? 0o755 : 0o644, flush: true });
    await pipeline(await zip.openReadStreamPromise(entry), output, { signal });
  }
}

function unsafe(file: string, why: string): LandfallError {
  return new LandfallError('LF-RUNNER-066', `the archive ${file} was refused: ${why}`);
}
