import { join } from 'node:path';
import { systemClock } from '../contract/index.ts';
import {
  createGroupGuard,
  createHelm,
  createProcessRunner,
  createTofu,
  findSetpriv,
  type RunProcess,
} from '../engines/index.ts';
import type { BuildTools } from './build-component.ts';

export type BuildEngines = Pick<BuildTools, 'helm' | 'tofu'> & {
  /** Ends the guard that would end the engines with us. */
  close(): void;
};

/** The engines of a build out of their binaries: Helm without a cluster, OpenTofu (or Terraform) without a backend. */
export async function createBuildEngines(options: {
  helm: string;
  tofu: string;
  cacheDir: string;
  /** Adds to each child what it needs of the way out. */
  around?: (run: RunProcess) => RunProcess;
}): Promise<BuildEngines> {
  const guard = createGroupGuard();
  const plain = createProcessRunner({ clock: systemClock, setpriv: await findSetpriv(), guard });
  const runProcess = options.around?.(plain) ?? plain;
  const homeDir = join(options.cacheDir, 'helm');
  return {
    helm: createHelm({ binary: options.helm, homeDir, connection: { kind: 'none' }, runProcess }),
    tofu: (folders) => createTofu({ binary: options.tofu, runProcess, ...folders }),
    close: () => guard.stop(),
  };
}
