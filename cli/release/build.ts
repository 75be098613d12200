import type { Command } from 'commander';
import type { ReleaseBuildOptions } from './run-build.ts';

export function registerReleaseBuild(release: Command): void {
  release
    .command('build')
    .description('pack, pin and sign everything that landfall.yaml names')
    .requiredOption('--version <version>', 'semantic version of the release')
    .requiredOption('--key <file>', "the pipeline's private key (PEM); see `keys generate`")
    .option('--file <file>', 'the product file', 'landfall.yaml')
    .option('--out <folder>', 'OCI layout that the release is put into', '.landfall/release')
    .option('--work-dir <folder>', 'scratch, and what takes long to make', '.landfall')
    .option('--platform <os/architecture...>', 'what the release must run on, instead of `platforms` in the file')
    .option('--authfile <file>', "logins of registries and chart repositories; default: Podman's and Docker's own")
    .option('--ca <file>', 'PEM of authorities believed beside the public ones')
    .option('--json', 'the result as JSON')
    // Loaded when it is run: engines and AWS clients take longer than most commands.
    .action(async (options: ReleaseBuildOptions) => (await import('./run-build.ts')).runBuild(options));
}
