import type { Command } from 'commander';
import type { SealOptions } from './run-seal.ts';
import type { SealVerifyOptions } from './run-seal-verify.ts';

const exitCodes = '\nExit code: 0 sealed, 1 open (or failed), 2 incomplete: something could not be seen.';

/** `landfall seal`, and the same as `landfall install seal`. */
export function registerSeal(parent: Command): void {
  const seal = parent
    .command('seal')
    // `--file` and `--key` mean other things after `verify`.
    .enablePositionalOptions()
    .description('every principal from outside that can enter the account; reads policies only, writes nothing there')
    .option('--file <file>', 'the install file: account, region, install, known principals')
    .option('--account <id>', 'the account, where there is no install file')
    .option('--region <region>', 'a region to look at; can be repeated; default: that of the install file', collect, [])
    .option(
      '--known <principal>',
      'a principal you know of, as the seal lists it, "@<ARN>" after it: only there',
      collect,
      [],
    )
    .option('--key <file>', 'sign with this private key (PEM)')
    .option('--out <file>', 'write the signed seal there (needs --key)')
    .option('--json', 'the seal as JSON')
    .addHelpText(
      'after',
      `${exitCodes}\nAWS credentials of the account are taken from the environment (AWS_ACCESS_KEY_ID, ...).`,
    )
    // Loaded when it is run: the AWS clients take a second that `--help` does not need.
    .action(async (options: SealOptions) => (await import('./run-seal.ts')).runSeal(options));
  seal
    .command('verify')
    .description('whether a seal was signed by the runner, and what it says')
    .requiredOption('--file <file>', 'the signed seal, as the runner, the control plane or --out gave it')
    .requiredOption('--key <file>', "the runner's public key (PEM)")
    .option('--of <install>', 'refuse the seal of another install')
    .option('--max-age <hours>', 'refuse an older seal', '48')
    .option('--json', 'the seal as JSON')
    .addHelpText('after', exitCodes)
    .action(async (options: SealVerifyOptions) => (await import('./run-seal-verify.ts')).runSealVerify(options));
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}
