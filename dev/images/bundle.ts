import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { LandfallError } from '../../contract/index.ts';

export type Bundle = { name: string; bytes: Uint8Array };

const root = fileURLToPath(new URL('../..', import.meta.url));

export type BundleRequest = {
  /** For errors: "the runner". */
  what: string;
  entryPoints: Record<string, string>;
  /** What must never be in it (style.md, "dependency tests that keep a binary small"). */
  forbidden: RegExp;
  external?: string[];
  /** What is loaded late becomes a file of its own, so that a program does not read what it does not run. */
  splitting?: boolean;
};

/** Programs as one file each, dependencies bundled: nothing is installed in an image. */
export async function bundle({
  what,
  entryPoints,
  forbidden,
  external = [],
  splitting = false,
}: BundleRequest): Promise<Bundle[]> {
  const result = await build({
    absWorkingDir: root,
    entryPoints,
    outdir: 'out',
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    metafile: true,
    logLevel: 'silent',
    legalComments: 'eof',
    external,
    splitting,
    // CommonJS dependencies ask for built-in modules by `require`, which an ES module lacks.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  const strangers = Object.keys(result.metafile.inputs).filter((path) => forbidden.test(path));
  if (strangers.length > 0) {
    throw new LandfallError('LF-DEV-201', `${what}'s bundle would hold ${strangers.slice(0, 5).join(', ')}`);
  }
  return result.outputFiles.map(({ path, contents }) => ({
    name: path.slice(path.lastIndexOf('/') + 1),
    bytes: contents,
  }));
}
