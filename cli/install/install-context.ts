import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { systemClock } from '../../contract/index.ts';
import { createGroupGuard, createProcessRunner, findSetpriv } from '../../engines/index.ts';
import type { InstallContext } from '../../install/index.ts';
import { config } from '../config.ts';
import { findTool } from '../host/find-tool.ts';
import type { Output } from '../host/output.ts';

/** Puts together what the install needs on this machine; `needs` says which engines the command runs. */
export async function createInstallContext(
  output: Output,
  workDir: string,
  needs: { helm: boolean },
): Promise<{ context: InstallContext; close: () => void }> {
  const guard = createGroupGuard();
  const providerMirror = config.providerMirror();
  const awsEndpointUrl = config.awsEndpointUrl();
  const dir = resolve(workDir);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const path = config.path();
  const context: InstallContext = {
    clock: systemClock,
    runProcess: createProcessRunner({ clock: systemClock, setpriv: await findSetpriv(), guard }),
    say: ({ step, text }) => {
      output.progress(step, text);
    },
    engines: {
      tofu: await findTool(['tofu', 'terraform'], config.tofu(), path),
      helm: needs.helm ? await findTool(['helm'], config.helm(), path) : '',
    },
    workDir: dir,
    ...(providerMirror === undefined ? {} : { providerMirror }),
    ...(awsEndpointUrl === undefined ? {} : { awsEndpointUrl }),
  };
  return { context, close: () => guard.stop() };
}
