import { systemClock } from '../../contract/index.ts';
import {
  createInstallContext,
  type InstallContext,
  installFolder,
  type InstallFile,
  placeOf,
} from '../../install/index.ts';
import { config } from '../config.ts';
import { findTool } from '../host/find-tool.ts';
import type { Output } from '../host/output.ts';
import { wayOutOfEnvironment } from '../host/way-out.ts';

/**
 * What the install needs from this command's environment, and its own folder in the work folder; `needs` says which engines the
 * command runs.
 */
export async function installContext(
  output: Output,
  file: InstallFile,
  workDir: string,
  needs: { helm: boolean },
): Promise<{ context: InstallContext; close: () => void }> {
  const providerMirror = config.providerMirror();
  const awsEndpointUrl = config.awsEndpointUrl();
  const path = config.path();
  const say: InstallContext['say'] = ({ step, text }) => output.progress(step, text);
  return createInstallContext({
    say,
    engines: {
      tofu: await findTool(['tofu', 'terraform'], config.tofu(), path),
      helm: needs.helm ? await findTool(['helm'], config.helm(), path) : '',
    },
    workDir: await installFolder({ workDir, place: placeOf(file), clock: systemClock, say }),
    applyOutlivesUs: true,
    wayOut: await wayOutOfEnvironment(),
    ...(providerMirror === undefined ? {} : { providerMirror }),
    ...(awsEndpointUrl === undefined ? {} : { awsEndpointUrl }),
  });
}
