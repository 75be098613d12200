import type { Command } from 'commander';
import type { ExplainOptions } from './run-explain.ts';

/** `landfall runner ...`: what a runner does and why. */
export function registerRunnerCommands(program: Command): void {
  program
    .command('runner')
    .description('what the runner in a cluster does, and why')
    .command('explain')
    .argument('[component]', 'a component of the release; without one, the install as a whole')
    .description("why the runner does what it does: by kubectl in the customer's cluster, or from its last report")
    .option('--namespace <namespace>', "the runner's own namespace", 'landfall-system')
    .option('--kubeconfig <file>', 'as for kubectl')
    .option('--context <name>', 'as for kubectl')
    .option('--control-plane <url>', 'read the last report there instead (needs LANDFALL_TOKEN and --install)')
    .option('--control-plane-ca <file>', 'its authority, where that is not a public one')
    .option('--install <id>', 'whose report, with --control-plane')
    .option('--json', 'the status as JSON')
    .action(async (component: string | undefined, options: ExplainOptions) =>
      (await import('./run-explain.ts')).runExplain(component, options),
    );
}
