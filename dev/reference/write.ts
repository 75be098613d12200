import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateReference } from './generate.ts';

const folder = join(import.meta.dirname, '..', '..', 'docs', 'reference');

/** Writes docs/reference anew and answers the files written. */
export async function writeReference(): Promise<string[]> {
  const pages = Object.entries(generateReference());
  await mkdir(folder, { recursive: true });
  await Promise.all(pages.map(([name, content]) => writeFile(join(folder, name), content)));
  return pages.map(([name]) => `docs/reference/${name}`);
}
