import { readFile } from 'node:fs/promises';
import type { RunProcess } from '../../engines/index.ts';
import { holding } from './files-below.ts';
import type { TerraformRig } from './terraform-rig.ts';

/** What anybody on the machine could see of an engine's child, and the files that held one of the texts meanwhile. */
export type SeenChild = { argv: string; environ: string; files: string[] };

/** Runs a rig's engines and looks at each one as soon as it is there. */
export function watchEngine(rig: TerraformRig, texts: () => readonly string[]) {
  const seen: SeenChild[] = [];
  const filesWith = async (): Promise<string[]> => {
    const found = texts().flatMap((text) => [rig.install.workDir, rig.privateDir].map((dir) => holding(dir, text)));
    return (await Promise.all(found)).flat();
  };
  const runProcess: RunProcess = (request) =>
    rig.real({
      ...request,
      onSpawn: async (identity) => {
        await request.onSpawn?.(identity);
        const of = (what: string) => readFile(`/proc/${identity.pid}/${what}`, 'utf8').catch(() => '');
        // At once: a short call may be over before the folders are read.
        const [argv, environ] = await Promise.all([of('cmdline'), of('environ')]);
        seen.push({ argv, environ, files: await filesWith() });
      },
    });
  return { seen, runProcess, filesWith };
}
