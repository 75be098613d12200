import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateReference } from './generate.ts';
import { permissionsPage } from './permissions-page.ts';

const docs = join(import.meta.dirname, '..', '..', 'docs');
const folder = join(docs, 'reference');

/** Writes docs/reference and docs/permissions.md anew and answers the files written. */
export async function writeReference(): Promise<string[]> {
  const pages = Object.entries(generateReference());
  await mkdir(folder, { recursive: true });
  await Promise.all(pages.map(([name, content]) => writeFile(join(folder, name), content)));
  await writeFile(join(docs, 'permissions.md'), permissionsPage());
  return ['docs/permissions.md', ...pages.map(([name]) => `docs/reference/${name}`)];
}
