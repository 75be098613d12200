import { type Command, Option } from 'commander';
import type { InstallAccountOptions } from './run-account.ts';

export function registerInstallAccount(install: Command): void {
  install
    .command('account')
    .description("the account stack, with the customer's own admin credentials (AWS_ACCESS_KEY_ID, ...)")
    .requiredOption('--file <file>', 'the install file')
    .option(
      '--work-dir <folder>',
      'configurations, and the state until it is in the bucket; in a folder for each install',
      '.landfall',
    )
    .addOption(
      new Option('--access <open|closed>', 'closed: the install role is taken away; the last step of an install')
        .choices(['open', 'closed'])
        .default('open'),
    )
    .option('--plan', 'say what would change, change nothing')
    .option('--json', 'the result as JSON')
    // Loaded when it is run: CDKTF and the AWS clients take a second that `--help` does not need.
    .action(async (options: InstallAccountOptions) => (await import('./run-account.ts')).runInstallAccount(options));
}
