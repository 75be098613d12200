import type { Command } from 'commander';
import type { InstallApplyOptions } from './run-apply.ts';

export function registerInstallApply(install: Command): void {
  install
    .command('apply')
    .description('base stack, hand-off to the runner, proof of the end; with the credentials of the vendor’s principal')
    .requiredOption('--file <file>', 'the install file')
    .option('--work-dir <folder>', 'configurations, in a folder for each install', '.landfall')
    .option('--plan', 'say what the base stack would change, change nothing')
    .option('--json', 'the result as JSON')
    // Loaded when it is run: CDKTF and the AWS clients take a second that `--help` does not need.
    .action(async (options: InstallApplyOptions) => (await import('./run-apply.ts')).runInstallApply(options));
}
