import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
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
  /** What is imported late of another program beside it: as it is imported -> how that program's file is called. */
  beside?: Readonly<Record<string, string>>;
  /** What is loaded late becomes a file of its own, so that a program does not read what it does not run. */
  splitting?: boolean;
  /** `cjs`: starts faster than an ES module, for what is started again and again. Its files end in .cjs. */
  format?: 'esm' | 'cjs';
  /** Without spaces and comments, for what runs for long: a program's text stays in memory. Names stay, for what a trace says. */
  small?: boolean;
};

/** CommonJS dependencies ask for built-in modules by `require`, which an ES module lacks. */
const requireOfModules = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/** Programs as one file each, dependencies bundled: nothing is installed in an image. */
export async function bundle({
  what,
  entryPoints,
  forbidden,
  external = [],
  beside = {},
  splitting = false,
  format = 'esm',
  small = false,
}: BundleRequest): Promise<Bundle[]> {
  const result = await build({
    absWorkingDir: root,
    entryPoints,
    outdir: 'out',
    write: false,
    bundle: true,
    platform: 'node',
    // ES modules where a dependency has them: of those only what is used gets in.
    mainFields: ['module', 'main'],
    target: 'node20',
    plugins: [importsBeside(beside)],
    format,
    ...(format === 'cjs' ? { outExtension: { '.js': '.cjs' } } : { banner: { js: requireOfModules } }),
    metafile: true,
    logLevel: 'silent',
    legalComments: 'eof',
    external,
    splitting,
    minifyWhitespace: small,
    minifySyntax: small,
  });
  const strangers = Object.values(result.metafile.outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 && forbidden.test(path) ? [path] : []));
  if (strangers.length > 0) {
    throw new LandfallError('LF-DEV-201', `${what}'s bundle would hold ${strangers.slice(0, 5).join(', ')}`);
  }
  for (const { path, contents } of small ? result.outputFiles : []) {
    const letter = /[\u0100-\uffff]/.exec(Buffer.from(contents).toString());
    if (letter === null) continue;
    // One such letter, and V8 holds the whole text with two bytes a letter for as long as the program runs.
    throw new LandfallError('LF-DEV-201', `${path} holds "${letter[0]}": write it as an escape`);
  }
  return result.outputFiles.map(({ path, contents }) => ({
    name: path.slice(path.lastIndexOf('/') + 1),
    bytes: contents,
  }));
}

function importsBeside(beside: Readonly<Record<string, string>>): Plugin {
  return {
    name: 'beside',
    setup: (build) => {
      build.onResolve({ filter: /^\./ }, ({ path, kind }) => {
        const program = kind === 'dynamic-import' ? beside[path] : undefined;
        return program === undefined ? undefined : { path: program, external: true };
      });
    },
  };
}
