import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateReference } from './generate.ts';
import { permissionsPage } from './permissions-page.ts';
import { policyCrd } from './policy-crd.ts';

const docs = join(import.meta.dirname, '..', '..', 'docs');
const folder = join(docs, 'reference');

/** Writes docs/reference, docs/permissions.md and the chart's CRD anew and answers the files written. */
export async function writeReference(): Promise<string[]> {
  const pages = Object.entries(generateReference());
  await mkdir(folder, { recursive: true });
  await Promise.all(pages.map(([name, content]) => writeFile(join(folder, name), content)));
  await writeFile(join(docs, 'permissions.md'), permissionsPage());
  const crd = 'charts/runner/crds/runnerpolicies.yaml';
  await writeFile(join(docs, '..', crd), policyCrd());
  return [crd, 'docs/permissions.md', ...pages.map(([name]) => `docs/reference/${name}`)];
}
