import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { requireRoom } from './disk-space.ts';

export type KeptFile = {
  dir: string;
  /** By digest, so that what is there is what is wanted. */
  name: string;
  bytes: number;
  /** Writes it whole. */
  bring: (intoFile: string) => Promise<void>;
  /** Fetched, although it is there. */
  anew?: boolean;
};
export type Bounds = { bytes: number; files: number };

/** More than can be in use at a time: these stay whatever they take, the rest as long as there is room for it. */
const usualBounds: Bounds = { bytes: 256 * 1024 ** 2, files: 64 };
const unfinished = '.partial';

/** The path of a file that is fetched when it is not there. Those that were not needed for longest make room for it. */
export async function keptFile(file: KeptFile, bounds: Bounds = usualBounds): Promise<string> {
  const { dir, name, bytes, bring, anew = false } = file;
  const path = join(dir, name);
  // Nothing that is kept is empty: a node that lost its power before the bytes were on the disk has left it so.
  if (!anew && (await sizeOf(path)) > 0) {
    await touch(path);
    return path;
  }
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await requireRoom(dir, bytes, name);
  // Many may want the same at once.
  const partial = `${path}.${randomUUID()}${unfinished}`;
  try {
    await bring(partial);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  await shrink(dir, bounds);
  return path;
}

/** Before anything is used: what runners that were killed have begun; everything, where the disk is full. */
export async function sweepFiles(dir: string, which: 'unfinished' | 'all'): Promise<void> {
  for (const name of await readdir(dir).catch((): string[] => []))
    if (which === 'all' || name.endsWith(unfinished)) await rm(join(dir, name), { force: true, recursive: true });
}

/** 0: empty, or not there. */
async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => null))?.size ?? 0;
}

/** When it was needed last: its time. */
async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined);
}

async function shrink(dir: string, bounds: Bounds): Promise<void> {
  const names = (await readdir(dir)).filter((name) => !name.endsWith(unfinished));
  const files = await Promise.all(
    names.map(async (name) => {
      const found = await stat(join(dir, name)).catch(() => null);
      return { path: join(dir, name), bytes: found?.size ?? 0, at: found?.mtimeMs ?? 0 };
    }),
  );
  let total = 0;
  for (const [index, { path, bytes }] of files.sort((a, b) => b.at - a.at).entries()) {
    total += bytes;
    if (index >= bounds.files && total > bounds.bytes) await rm(path, { force: true });
  }
}
