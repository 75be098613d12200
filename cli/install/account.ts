import type { Command } from 'commander';
import { accountInputs, installAccount, planAccount, readInstallFile } from '../../install/index.ts';
import { config } from '../config.ts';
import { createOutput } from '../host/output.ts';
import { createInstallContext } from './install-context.ts';

type Options = { file: string; workDir: string; plan?: boolean; access: 'open' | 'closed'; json?: boolean };

export function registerInstallAccount(install: Command): void {
  install
    .command('account')
    .description("the account stack, with the customer's own admin credentials (AWS_ACCESS_KEY_ID, ...)")
    .requiredOption('--file <file>', 'the install file')
    .option('--work-dir <folder>', 'configurations, and the state until it is in the bucket', '.landfall')
    .option('--access <open|closed>', 'closed: the install role is taken away; the last step of an install', 'open')
    .option('--plan', 'say what would change, change nothing')
    .option('--json', 'the result as JSON')
    .action(run);
}

async function run(options: Options): Promise<void> {
  const output = createOutput(options.json === true);
  const file = await readInstallFile(options.file);
  const { context, close } = await createInstallContext(output, options.workDir, { helm: false });
  const access = options.access === 'closed' ? 'closed' : 'open';
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
