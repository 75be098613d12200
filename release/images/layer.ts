import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { type Digest, digestSchema } from '../../contract/index.ts';
import { type ArchiveEntry, writeTar } from '../../oci/index.ts';
import { withScratch } from '../pack/scratch.ts';

export type PackedLayer = { path: string; diffId: Digest };

const recordSchema = z.object({ diffId: digestSchema });

/** A layer as .tar.gz in the cache; packed only when no layer of the same contents was packed before. */
export async function packLayer(entries: readonly ArchiveEntry[], cacheDir: string): Promise<PackedLayer> {
  const folder = join(cacheDir, 'layers');
  await mkdir(folder, { recursive: true });
  const key = join(folder, await keyOf(entries));
  const path = `${key}.tgz`;
  // The record is written last: where it is, the layer is whole.
  const record = await readFile(`${key}.json`, 'utf8').catch(() => undefined);
  if (record !== undefined) return { path, ...recordSchema.parse(JSON.parse(record)) };
  return withScratch(folder, async (scratch) => {
    const { diffId, path: packed } = await writeTar(join(scratch, 'layer.tgz'), entries);
    await rename(packed, path);
    await writeFile(join(scratch, 'record'), JSON.stringify({ diffId }));
    await rename(join(scratch, 'record'), `${key}.json`);
    return { path, diffId };
  });
}

async function keyOf(entries: readonly ArchiveEntry[]): Promise<string> {
  const hash = createHash('sha256').update(`1 ${process.versions.zlib}`);
  for (const entry of entries.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    const mode = entry.kind === 'symlink' ? entry.target : String(entry.mode ?? '');
    hash.update(`\n${entry.kind} ${entry.path} ${mode} `);
    if (entry.kind !== 'file') continue;
    hash.update('bytes' in entry ? sha256Of(entry.bytes) : await sha256OfFile(entry.source));
  }
  return hash.digest('hex').slice(0, 40);
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const bytes: Uint8Array = chunk;
    hash.update(bytes);
  }
  return hash.digest('hex');
}
