import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { ECRClient } from '@aws-sdk/client-ecr';
import type { Agent } from 'undici';
import { LandfallError } from '../../contract/index.ts';
import {
  acrCredentials,
  type AzureIdentity,
  type CredentialSource,
  dockerConfigCredentials,
  ecrCredentials,
  garCredentials,
  httpsAgentOf,
  type Network,
  parseGoogleKey,
  undiciConnector,
} from '../../oci/index.ts';
import { config } from '../config.ts';

export type RegistryLogins = (host: string) => CredentialSource;

/**
 * The login of any registry by what people and clouds have already: ECR by the AWS credentials at hand; else Docker's and Podman's files with
 * their helpers; else, for ACR and Artifact Registry, the cloud identity that the environment names. None: anonymous.
 */
export function registryLogins(options: { network: Network; authfile?: string }): RegistryLogins {
  const { network, authfile } = options;
  if (authfile !== undefined && !existsSync(authfile)) {
    throw new LandfallError('LF-CLI-005', `${authfile} (--authfile) cannot be read`);
  }
  const path = authfile === undefined ? config.registryAuthFiles() : [authfile];
  return (host) => {
    const region = ecrRegionOf(host);
    if (region !== undefined) return openedOnce(() => ecrLogin(region, network));
    const files = dockerConfigCredentials({ path, host });
    const cloud = cloudLogin(host, network);
    return async (call) => (await files(call)) ?? (await cloud?.(call));
  };
}

function cloudLogin(host: string, network: Network): CredentialSource | undefined {
  const azure = /^[a-z0-9-]+\.azurecr\.(io|cn|us)$/.test(host) ? config.azureIdentity() : undefined;
  const google = /^([a-z0-9-]+\.)*(gcr\.io|pkg\.dev)$/.test(host) ? config.googleIdentity() : undefined;
  if (azure !== undefined) return openedOnce(() => acrLogin(host, azure, network));
  if (google !== undefined) return openedOnce(() => garLogin(google, network));
  return undefined;
}

/** The region of a registry in ECR; undefined: it is another one. */
export function ecrRegionOf(host: string): string | undefined {
  return /^\d{12}\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/.exec(host)?.[1];
}

/** ECR itself, by the AWS credentials at hand. */
export async function openEcr(region: string, network: Network): Promise<ECRClient> {
  const { ECRClient } = await import('@aws-sdk/client-ecr');
  return new ECRClient({ region, requestHandler: { httpsAgent: httpsAgentOf(network) } });
}

async function ecrLogin(region: string, network: Network): Promise<CredentialSource> {
  return ecrCredentials({ client: await openEcr(region, network) });
}

async function acrLogin(host: string, identity: AzureIdentity, network: Network): Promise<CredentialSource> {
  return acrCredentials({ host, identity, ...(await agents(network)) });
}

async function garLogin(
  found: NonNullable<ReturnType<typeof config.googleIdentity>>,
  network: Network,
): Promise<CredentialSource> {
  if (found.kind === 'metadata') return garCredentials({ identity: found, ...(await agents(network)) });
  const key = parseGoogleKey(await readKey(found.path), found.path);
  // Of another kind (a federation, a user's login): public images are still to be had.
  return key === undefined ? noLogin : garCredentials({ identity: { kind: 'key', key }, ...(await agents(network)) });
}

/** No proxy leads to a metadata service: it is on this machine's own link. */
async function agents(network: Network): Promise<{ dispatcher: Agent; metadata: Agent }> {
  const { Agent } = await import('undici');
  return { dispatcher: new Agent({ connect: undiciConnector(network.connect()) }), metadata: new Agent() };
}

/** Most commands meet no cloud's registry: what speaks with one is loaded when its login is first wanted. */
function openedOnce(open: () => Promise<CredentialSource>): CredentialSource {
  let source: Promise<CredentialSource> | undefined;
  return async (call) => {
    source ??= open();
    return (await source)(call);
  };
}

const noLogin: CredentialSource = () => Promise.resolve(undefined);

function readKey(path: string): Promise<Uint8Array> {
  return readFile(path).catch((cause: unknown) => {
    throw new LandfallError('LF-CLI-005', `${path} (GOOGLE_APPLICATION_CREDENTIALS) cannot be read`, { cause });
  });
}
