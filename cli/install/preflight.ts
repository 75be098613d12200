import type { Command } from 'commander';
import type { InstallPreflightOptions } from './run-preflight.ts';

export function registerInstallPreflight(install: Command): void {
  install
    .command('preflight')
    .description('looks at everything an install rests on, and forecasts its price; reads only, writes nothing')
    .requiredOption('--file <file>', 'the install file')
    .option('--assume <name=number>', 'another assumption of the forecast; can be repeated', collect, [])
    .option('--json', 'the result as JSON')
    .addHelpText(
      'after',
      '\nExit code: 0 an install can begin, 1 something fails, 2 nothing fails but something could not be seen.',
    )
    .action(async (options: InstallPreflightOptions) =>
      (await import('./run-preflight.ts')).runInstallPreflight(options),
    );
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}
