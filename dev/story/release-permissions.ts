import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Permission } from '../../contract/index.ts';
import { parseProductFile } from '../../release/index.ts';

const productFile = join(import.meta.dirname, '..', '..', 'examples', 'streaming', 'product', 'landfall.yaml');

/** The statements that the example's components ask for: the customer reads them in the account stack. */
export async function releasePermissions(): Promise<Permission[]> {
  const { components } = parseProductFile(await readFile(productFile, 'utf8'), 'landfall.yaml');
  return components.flatMap((component) => (component.kind === 'terraform' ? component.permissions : []));
}
