import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { LandfallError } from '../../../contract/index.ts';
import { isSize } from '../../../oci/index.ts';

/** `path` is below the chart's own folder: `templates/web.yaml`, `charts/db/crds/x.yaml`. */
export type ChartFile = { path: string; data: Buffer };

/** Helm itself refuses to decompress more than this (pkg/chart/loader/archive). */
const mostBytes = 100 * 1024 * 1024;

/** Every file of a packed chart; a subchart may be a packed chart in it. */
export async function readChartArchive(file: string, signal: AbortSignal): Promise<ChartFile[]> {
  const files: ChartFile[] = [];
  let bytes = 0;
  const untar = extract();
  const collect = async (): Promise<void> => {
    for await (const entry of untar) {
      if (!isSize(entry.header.size)) throw new Error('the size of an entry is no number of bytes');
      const chunks: Buffer[] = [];
      for await (const chunk of entry) {
        if (!(chunk instanceof Uint8Array)) throw new Error('it is not made of bytes');
        const piece = Buffer.from(chunk);
        bytes += piece.length;
        if (bytes > mostBytes) throw new Error(`it holds more than ${mostBytes} bytes`);
        chunks.push(piece);
      }
      if (entry.header.type !== 'file') continue;
      const path = entry.header.name.replace(/^(?:\.\/)?[^/]+\//, '');
      files.push({ path, data: Buffer.concat(chunks) });
    }
  };
  try {
    await Promise.all([collect(), pipeline(createReadStream(file), createGunzip(), untar, { signal })]);
    return files;
  } catch (cause) {
    signal.throwIfAborted();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LandfallError('LF-RUNNER-145', `the chart's archive cannot be read: ${reason}`, { cause });
  }
}

/** Whether a chart may bring definitions: its own, or those of a subchart that is packed in it. */
export function mayHoldCrds(files: readonly ChartFile[]): boolean {
  return files.some(({ path }) => /(?:^|\/)crds\/[^/]/.test(path) || /^charts\/[^/]+\.tgz$/.test(path));
}
