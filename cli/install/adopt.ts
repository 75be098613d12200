import type { Command } from 'commander';
import type { InstallAdoptOptions } from './run-adopt.ts';

export function registerInstallAdopt(install: Command): void {
  install
    .command('adopt')
    .description(
      'a base layer made by hand, or one whose state is lost: looks it up by name and tag, takes it into the state, and makes what is missing; with the credentials of an administrator or the install role',
    )
    .requiredOption('--file <file>', 'the install file')
    .option('--work-dir <folder>', 'configurations, in a folder for each install', '.landfall')
    .option('--json', 'the result as JSON')
    // Loaded when it is run: CDKTF and the AWS clients take a second that `--help` does not need.
    .action(async (options: InstallAdoptOptions) => (await import('./run-adopt.ts')).runInstallAdopt(options));
}
