import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { ECRClient } from '@aws-sdk/client-ecr';
import { Agent } from 'undici';
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
    const region = /^\d{12}\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/.exec(host)?.[1];
    if (region !== undefined) {
      const client = new ECRClient({ region, requestHandler: { httpsAgent: httpsAgentOf(network) } });
      return ecrCredentials({ client });
    }
    const files = dockerConfigCredentials({ path, host });
    const cloud = cloudLogin(host, network);
    return async (call) => (await files(call)) ?? (await cloud?.(call));
  };
}

function cloudLogin(host: string, network: Network): CredentialSource | undefined {
  const azure = /^[a-z0-9-]+\.azurecr\.(io|cn|us)$/.test(host) ? config.azureIdentity() : undefined;
  const google = /^([a-z0-9-]+\.)*(gcr\.io|pkg\.dev)$/.test(host) ? config.googleIdentity() : undefined;
  // No proxy leads to a metadata service: it is on this machine's own link.
  const clients = () => ({
    dispatcher: new Agent({ connect: undiciConnector(network.connect()) }),
    metadata: new Agent(),
  });
  if (azure !== undefined) return acrLogin(host, azure, clients);
  if (google !== undefined) return garLogin(google, clients);
  return undefined;
}

type Clients = () => { dispatcher: Agent; metadata: Agent };

function acrLogin(host: string, identity: AzureIdentity, clients: Clients): CredentialSource {
  return acrCredentials({ host, identity, ...clients() });
}

function garLogin(found: NonNullable<ReturnType<typeof config.googleIdentity>>, clients: Clients): CredentialSource {
  const open = async (): Promise<CredentialSource> => {
    if (found.kind === 'metadata') return garCredentials({ identity: found, ...clients() });
    const key = parseGoogleKey(await readKey(found.path), found.path);
    // Of another kind (a federation, a user's login): public images are still to be had.
    return key === undefined ? noLogin : garCredentials({ identity: { kind: 'key', key }, ...clients() });
  };
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
