import { basename, dirname, join } from 'node:path';
import { build } from 'esbuild';

/** One entry of the runner as one file, as the image has it. */
export async function bundle(entry: string, dir: string): Promise<string> {
  const outfile = join(dir, `${basename(entry, '.ts')}-${basename(dirname(entry))}.mjs`);
  const js = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
  const entryPoints = [join(import.meta.dirname, '..', entry)];
  await build({
    entryPoints,
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
    banner: { js },
  });
  return outfile;
}
