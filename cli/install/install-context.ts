import { createInstallContext, type InstallContext } from '../../install/index.ts';
import { config } from '../config.ts';
import { findTool } from '../host/find-tool.ts';
import type { Output } from '../host/output.ts';
import { wayOutOfEnvironment } from '../host/way-out.ts';

/** What the install needs from this command's environment; `needs` says which engines the command runs. */
export async function installContext(
  output: Output,
  workDir: string,
  needs: { helm: boolean },
): Promise<{ context: InstallContext; close: () => void }> {
  const providerMirror = config.providerMirror();
  const awsEndpointUrl = config.awsEndpointUrl();
  const path = config.path();
  return createInstallContext({
    say: ({ step, text }) => {
      output.progress(step, text);
    },
    engines: {
      tofu: await findTool(['tofu', 'terraform'], config.tofu(), path),
      helm: needs.helm ? await findTool(['helm'], config.helm(), path) : '',
    },
    workDir,
    applyOutlivesUs: true,
    wayOut: await wayOutOfEnvironment(),
    ...(providerMirror === undefined ? {} : { providerMirror }),
    ...(awsEndpointUrl === undefined ? {} : { awsEndpointUrl }),
  });
}
