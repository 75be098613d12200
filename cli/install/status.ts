import type { Command } from 'commander';
import type { InstallStatusOptions } from './run-status.ts';

export function registerInstallStatus(install: Command): void {
  install
    .command('status')
    .description("how far an install is, with credentials of the customer's account; reads only")
    .requiredOption('--file <file>', 'the install file')
    .option('--json', 'the result as JSON')
    // Loaded when it is run: the AWS clients take a second that `--help` does not need.
    .action(async (options: InstallStatusOptions) => (await import('./run-status.ts')).runInstallStatus(options));
}
