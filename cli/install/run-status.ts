import { baseInputs, createInstallContext, readInstallFile, readStatus, statusText } from '../../install/index.ts';
import { config } from '../config.ts';
import { createOutput } from '../host/output.ts';

export type InstallStatusOptions = { file: string; json?: boolean };

export async function runInstallStatus(options: InstallStatusOptions): Promise<void> {
  const output = createOutput(options.json === true);
  const file = await readInstallFile(options.file);
  const awsEndpointUrl = config.awsEndpointUrl();
  const { context, close } = await createInstallContext({
    say: ({ step, text }) => output.progress(step, text),
    // It runs no engine and writes nothing.
    engines: { tofu: '', helm: '' },
    workDir: '.landfall',
    ...(awsEndpointUrl === undefined ? {} : { awsEndpointUrl }),
  });
  try {
    const status = await readStatus(context, { inputs: baseInputs(file), credentials: config.awsCredentials() });
    output.result(status, statusText(status));
  } finally {
    close();
  }
}
