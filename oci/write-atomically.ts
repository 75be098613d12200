import { randomUUID } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';

/** Whoever reads it, another process too, finds all of it or what was there before. */
export async function writeAtomically(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.part`;
  await writeFile(temporary, text);
  await rename(temporary, path);
}
