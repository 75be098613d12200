import * as z from 'zod';
import { parseValue } from '../../contract/index.ts';
import { buildRunnerImage } from '../images/index.ts';

const architecturesSchema = z.array(z.enum(['amd64', 'arm64'])).min(1);

/** Builds the runner's image into the cache, and prints the command that takes it into a registry. */
export async function showRunnerImage(asked: readonly string[]): Promise<void> {
  const architectures = [...new Set(parseValue(asked, architecturesSchema, '--arch'))];
  const { layoutDir, digest } = await buildRunnerImage({ architectures, say: (line) => console.log(line) });
  console.log(`${digest}\nnpm run landfall -- mirror copy oci:${layoutDir}@${digest} <registry>/landfall/runner`);
}
