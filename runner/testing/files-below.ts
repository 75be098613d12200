import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export async function filesBelow(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
}

/** Files that hold the text, as it is. */
export async function holding(dir: string, text: string): Promise<string[]> {
  const found: string[] = [];
  for (const file of await filesBelow(dir)) {
    if ((await readFile(file, 'latin1').catch(() => '')).includes(text)) found.push(file);
  }
  return found;
}
