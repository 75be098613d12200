import type { Command } from 'commander';
import { Agent } from 'undici';
import { LandfallError } from '../../contract/index.ts';
import { createRegistryClient, undiciConnector } from '../../oci/index.ts';
import { publishRelease } from '../../release/index.ts';
import { config } from '../config.ts';
import { openNetwork } from '../host/network.ts';
import { createOutput } from '../host/output.ts';
import { registryLogins } from '../host/registry-logins.ts';

type Options = {
  product: string;
  version: string;
  layout: string;
  registry: string;
  registryCa?: string;
  authfile?: string;
  controlPlane?: string;
  controlPlaneCa?: string;
  channel?: string;
  json?: boolean;
};

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
    .action(run);
}

async function run(options: Options): Promise<void> {
  const output = createOutput(options.json === true);
  const given = config.vendorRegistry();
  const { authfile } = options;
  const network = await openNetwork({ ca: options.registryCa });
  const logins = registryLogins({ network, ...(authfile === undefined ? {} : { authfile }) });
  const registry = createRegistryClient({
    host: options.registry,
    network,
    credentials: given === undefined ? logins(options.registry) : () => Promise.resolve(given),
  });
  const controlPlane = (await openNetwork({ ca: options.controlPlaneCa })).connect();
  const dispatcher = new Agent({ connect: undiciConnector(controlPlane) });
  try {
    const { digest, repository, bytesCopied } = await publishRelease({
      layoutDir: options.layout,
      product: options.product,
      version: options.version,
      registry,
      ...(options.controlPlane === undefined
        ? {}
        : {
            controlPlane: {
              url: options.controlPlane,
              token: requireToken(),
              dispatcher,
            },
          }),
      ...(options.channel === undefined ? {} : { channel: options.channel }),
      say: (line) => output.progress('publish', line),
    });
    const reference = `${options.registry}/${repository}@${digest}`;
    output.result({ reference, digest, bytesCopied }, [`published  ${reference}`]);
  } finally {
    await registry.close();
    await dispatcher.close();
  }
}

function requireToken(): string {
  const token = config.controlPlaneToken();
  if (token === undefined) throw new LandfallError('LF-CLI-002', 'LANDFALL_TOKEN is not set');
  return token;
}
