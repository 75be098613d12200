import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '../../contract/index.ts';

/** Writes a document to a 0600 file for the time of `use` only: variables and backend settings never stand in argv. */
export async function withJsonFile<T>(
  name: string,
  value: JsonObject | undefined,
  folder: string | undefined,
  use: (path: string | undefined) => Promise<T>,
): Promise<T> {
  if (value === undefined) return use(undefined);
  const dir = await mkdtemp(join(folder ?? tmpdir(), 'landfall-tofu-'));
  try {
    const path = join(dir, name);
    await writeFile(path, JSON.stringify(value), { mode: 0o600, flag: 'wx' });
    return await use(path);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
