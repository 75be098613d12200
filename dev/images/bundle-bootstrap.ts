import { LandfallError } from '../../contract/index.ts';
import { type Bundle, bundle } from './bundle.ts';

/** The one-shot job of the 1-click way. The modules travel with the image as they were synthesised: the library that made them stays out. */
export async function bundleBootstrap(): Promise<Bundle> {
  const [file] = await bundle({
    what: 'the bootstrap job',
    entryPoints: { bootstrap: 'install/bootstrap/main.ts' },
    forbidden:
      /(^|\/)(control-plane|release|runner|dev|cli)\/|^stacks\/synth\.ts$|node_modules\/(cdktf|constructs|@cdktf)\//,
    // Only `synthesise` would load it, and the job is given the synthesised module.
    external: ['*/synth.ts', 'cdktf', 'constructs', '@cdktf/*'],
  });
  if (file === undefined) throw new LandfallError('LF-DEV-201', 'esbuild made no file of the bootstrap job');
  return file;
}
