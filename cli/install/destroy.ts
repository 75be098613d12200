import type { Command } from 'commander';
import type { InstallDestroyOptions } from './run-destroy.ts';

export function registerInstallDestroy(install: Command): void {
  install
    .command('destroy')
    .description(
      "take the whole install out of the account, with the customer's own admin credentials; ends with a receipt",
    )
    .requiredOption('--file <file>', 'the install file')
    .option('--keep <what>', 'registry, state, volumes: what stays, separated by commas', '')
    .option(
      '--product',
      "destroy what the product's Terraform components made, too; without it they are kept and named",
    )
    .option('--yes', 'do not ask; without a terminal this is needed')
    .option('--plan', 'say what would be deleted, delete nothing')
    .option(
      '--work-dir <folder>',
      'configurations, the record of what was deleted, and the receipt; in a folder for each install',
      '.landfall',
    )
    .option('--json', 'the receipt as JSON')
    // Loaded when it is run: CDKTF and the AWS clients take a second that `--help` does not need.
    .action(async (options: InstallDestroyOptions) => (await import('./run-destroy.ts')).runInstallDestroy(options));
}
