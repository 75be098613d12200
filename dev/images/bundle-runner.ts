import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { LandfallError } from '../../contract/index.ts';

export type Bundle = { name: string; bytes: Uint8Array };

const root = fileURLToPath(new URL('../..', import.meta.url));
/** What must never get into the customer's account: the stacks and their library (style.md, "dependency tests that keep a binary small"). */
const forbidden = /(^|\/)(stacks|control-plane|release|dev)\/|node_modules\/(cdktf|constructs|@cdktf)\//;

/** The runner and its post-renderer as one file each. Dependencies are bundled; nothing is installed in the image. */
export async function bundleRunner(): Promise<Bundle[]> {
  const result = await build({
    absWorkingDir: root,
    entryPoints: { main: 'runner/main.ts', 'post-render': 'runner/post-render/main.ts' },
    outdir: 'out',
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    metafile: true,
    logLevel: 'silent',
    legalComments: 'eof',
    // CommonJS dependencies ask for built-in modules by `require`, which an ES module lacks.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  const strangers = Object.keys(result.metafile.inputs).filter((path) => forbidden.test(path));
  if (strangers.length > 0) {
    throw new LandfallError('LF-DEV-201', `the runner's bundle would hold ${strangers.slice(0, 5).join(', ')}`);
  }
  return result.outputFiles.map(({ path, contents }) => ({
    name: path.slice(path.lastIndexOf('/') + 1),
    bytes: contents,
  }));
}
