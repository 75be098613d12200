import type { Command } from 'commander';
import type { ReleasePublishOptions } from './run-publish.ts';

export function registerReleasePublish(release: Command): void {
  release
    .command('publish')
    .description('push a built release to your registry and put it on a channel; may be run again at any time')
    .requiredOption('--product <name>', 'name of the product')
    .requiredOption('--version <version>', 'version of the release')
    .requiredOption(
      '--registry <host>',
      "your registry; login by LANDFALL_REGISTRY_USERNAME and _PASSWORD, else as `docker login` or the cloud's identity has it",
    )
    .option('--authfile <file>', "logins of registries; default: Podman's and Docker's own")
    .option('--registry-ca <file>', "PEM of the authority behind the registry's certificate")
    .option('--layout <folder>', 'OCI layout with the release', '.landfall/release')
    .option('--control-plane <url>', 'where to register it (LANDFALL_TOKEN)')
    .option('--control-plane-ca <file>', "PEM of the authority behind the control plane's certificate")
    .option('--channel <name>', 'the channel that the release is put on')
    .option('--json', 'the result as JSON')
    .action(async (options: ReleasePublishOptions) => (await import('./run-publish.ts')).runPublish(options));
}
