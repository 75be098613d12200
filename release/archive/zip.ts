import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { directoryEntries } from '../../oci/index.ts';

/** Writes a folder as a .zip whose bytes depend on names, contents and execute bits only. */
export async function writeZip(dir: string, target: string): Promise<void> {
  const zip = new ZipFile();
  // DOS times are local times: this is the same text in every time zone.
  const mtime = new Date(1980, 0, 1);
  for (const entry of await directoryEntries(dir)) {
    if (entry.kind !== 'file' || !('source' in entry)) continue;
    const mode = 0o100000 | (entry.mode ?? 0o644);
    zip.addFile(entry.source, entry.path, { mtime, forceDosTimestamp: true, mode });
  }
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(target));
}
