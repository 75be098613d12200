import type { Command } from 'commander';
import type { InstallPlanOptions } from './run-plan.ts';

export function registerInstallPlan(install: Command): void {
  install
    .command('plan')
    .description('what the account stack and the base stack would change; changes nothing')
    .requiredOption('--file <file>', 'the install file')
    .option('--work-dir <folder>', 'configurations, in a folder for each install', '.landfall')
    .option('--json', 'the result as JSON')
    // Loaded when it is run: CDKTF and the AWS clients take a second that `--help` does not need.
    .action(async (options: InstallPlanOptions) => (await import('./run-plan.ts')).runInstallPlan(options));
}
