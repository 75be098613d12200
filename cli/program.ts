import { Command } from 'commander';
import { registerEntityCommands } from './entity/index.ts';
import { registerInstallAccount } from './install/account.ts';
import { registerInstallAdopt } from './install/adopt.ts';
import { registerInstallApply } from './install/apply.ts';
import { registerInstallDestroy } from './install/destroy.ts';
import { registerInstallPlan } from './install/plan.ts';
import { registerInstallPreflight } from './install/preflight.ts';
import { registerInstallStatus } from './install/status.ts';
import { registerInstallTemplate } from './install/template.ts';
import { registerKeysGenerate } from './keys/generate.ts';
import { registerMirrorCommands } from './mirror/index.ts';
import { registerReleaseCommands } from './release/index.ts';
import { registerRunnerCommands } from './runner/index.ts';
import { registerSeal } from './seal/index.ts';

/** The whole command line, one file per verb. */
export function createProgram(): Command {
  const program = new Command('npm run landfall --').description(
    "run your product inside your customers' own accounts",
  );
  // An option belongs to the command it stands behind: `seal verify` has a --file of its own.
  program.enablePositionalOptions();
  program.showHelpAfterError('Add --help to see what the command takes.');
  const install = program
    .command('install')
    .description("the one-time install into a customer's account")
    .enablePositionalOptions();
  registerInstallPreflight(install);
  registerInstallTemplate(install);
  registerInstallAccount(install);
  registerInstallPlan(install);
  registerInstallApply(install);
  registerInstallAdopt(install);
  registerInstallStatus(install);
  registerSeal(install);
  registerInstallDestroy(install);
  registerSeal(program);
  registerReleaseCommands(program);
  registerEntityCommands(program);
  registerMirrorCommands(program);
  registerRunnerCommands(program);
  registerKeysGenerate(program.command('keys').description('signing keys'));
  return program;
}
