import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { Agent } from 'undici';
import { LandfallError } from '../../contract/index.ts';
import { createRegistryClient } from '../../oci/index.ts';
import { publishRelease } from '../../release/index.ts';
import { config } from '../config.ts';
import { createOutput } from '../host/output.ts';

type Options = {
  product: string;
  version: string;
  layout: string;
  registry: string;
  registryCa?: string;
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
    .requiredOption('--registry <host>', 'your registry (LANDFALL_REGISTRY_USERNAME, LANDFALL_REGISTRY_PASSWORD)')
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
  const credentials = config.vendorRegistry();
  const ca = options.registryCa === undefined ? undefined : await readFile(options.registryCa, 'utf8');
  const registry = createRegistryClient({
    host: options.registry,
    ...(credentials === undefined ? {} : { credentials: () => Promise.resolve(credentials) }),
    ...(ca === undefined ? {} : { ca }),
  });
  const dispatcher =
    options.controlPlaneCa === undefined
      ? undefined
      : new Agent({ connect: { ca: await readFile(options.controlPlaneCa, 'utf8') } });
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
              ...(dispatcher === undefined ? {} : { dispatcher }),
            },
          }),
      ...(options.channel === undefined ? {} : { channel: options.channel }),
      say: (line) => output.progress('publish', line),
    });
    const reference = `${options.registry}/${repository}@${digest}`;
    output.result({ reference, digest, bytesCopied }, [`published  ${reference}`]);
  } finally {
    await registry.close();
    await dispatcher?.close();
  }
}

function requireToken(): string {
  const token = config.controlPlaneToken();
  if (token === undefined) throw new LandfallError('LF-CLI-002', 'LANDFALL_TOKEN is not set');
  return token;
}
