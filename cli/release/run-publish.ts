import { Agent } from 'undici';
import { LandfallError } from '../../contract/index.ts';
import { createRegistryClient, undiciConnector } from '../../oci/index.ts';
import { publishRelease } from '../../release/index.ts';
import { config } from '../config.ts';
import { openNetwork } from '../host/network.ts';
import { createOutput } from '../host/output.ts';
import { registryLogins } from '../host/registry-logins.ts';

export type ReleasePublishOptions = {
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

export async function runPublish(options: ReleasePublishOptions): Promise<void> {
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
