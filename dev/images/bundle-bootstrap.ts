import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { LandfallError } from '../../contract/index.ts';
import type { Bundle } from './bundle-runner.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** The modules travel with the image as they were synthesised: the library that made them stays out. */
const forbidden = /(^|\/)(control-plane|release|runner|dev|cli)\/|node_modules\/(cdktf|constructs|@cdktf)\//;

/** The one-shot job of the 1-click way as one file. */
export async function bundleBootstrap(): Promise<Bundle> {
  const result = await build({
    absWorkingDir: root,
    entryPoints: { bootstrap: 'install/bootstrap/main.ts' },
    outdir: 'out',
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    metafile: true,
    logLevel: 'silent',
    legalComments: 'eof',
    // Only `synthesise` would load it, and the job is given the synthesised module.
    external: ['*/synth.ts', 'cdktf', 'constructs', '@cdktf/*'],
    // CommonJS dependencies ask for built-in modules by `require`, which an ES module lacks.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  const inputs = Object.keys(result.metafile.inputs);
  const strangers = inputs.filter((path) => forbidden.test(path) || path === 'stacks/synth.ts');
  if (strangers.length > 0) {
    throw new LandfallError('LF-DEV-201', `the bootstrap job's bundle would hold ${strangers.slice(0, 5).join(', ')}`);
  }
  const [file] = result.outputFiles;
  if (file === undefined) throw new LandfallError('LF-DEV-201', 'esbuild made no file of the bootstrap job');
  return { name: 'bootstrap.js', bytes: file.contents };
}
