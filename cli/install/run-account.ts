import { accountInputs, installAccount, planAccount, readInstallFile } from '../../install/index.ts';
import { config } from '../config.ts';
import { createOutput } from '../host/output.ts';
import { installContext } from './install-context.ts';

export type InstallAccountOptions = {
  file: string;
  workDir: string;
  plan?: boolean;
  access: 'open' | 'closed';
  json?: boolean;
};

export async function runInstallAccount(options: InstallAccountOptions): Promise<void> {
  const output = createOutput(options.json === true);
  const file = await readInstallFile(options.file);
  const { context, close } = await installContext(output, file, options.workDir, { helm: false });
  const { access } = options;
  const request = { inputs: accountInputs(file), credentials: config.awsCredentials(), access } as const;
  try {
    if (options.plan === true) {
      const plan = await planAccount(context, request);
      output.result(plan, [plan.changed ? `would change: ${JSON.stringify(plan.changes)}` : 'nothing to change']);
      return;
    }
    const result = await installAccount(context, request);
    output.result(result, [
      `install role   ${access === 'open' ? result.outputs.installRoleArn : 'closed'}`,
      `runner role    ${result.outputs.runnerRoleArn}`,
      `state bucket   ${result.outputs.stateBucket}`,
    ]);
  } finally {
    close();
  }
}
