import { readFile } from 'node:fs/promises';
import { ECRClient } from '@aws-sdk/client-ecr';
import { LandfallError } from '../../contract/index.ts';
import {
  type ContentSource,
  type ContentTarget,
  createRegistryClient,
  type CredentialSource,
  dockerConfigCredentials,
  ecrCredentials,
  parseReference,
  type Reference,
  type RegistryClient,
  registryStore,
  type RegistryStore,
} from '../../oci/index.ts';
import { config } from '../config.ts';
import { layoutSource, layoutTarget, parseLayoutReference } from './layout-reference.ts';

export type StoreOptions = { ca?: string; plainHttp?: boolean };

export type OpenedReference = { store: RegistryStore; reference: Reference; /** Tag or digest. */ wanted: string };

/** The registries of one command: one client each, logged in by what people have already. */
export type Stores = {
  open(text: string): Promise<OpenedReference>;
  /** A reference, or a layout on disk (`oci:<folder>`). */
  source(text: string): Promise<{ store: ContentSource; /** Tag or digest. */ wanted: string }>;
  /** The same without a digest: what comes there has its own. */
  target(text: string): Promise<{ store: ContentTarget; tag?: string }>;
  /** A repository without tag or digest. */
  repository(text: string): Promise<RegistryStore>;
  close(): Promise<void>;
};

export function openStores(options: StoreOptions): Stores {
  const clients = new Map<string, RegistryClient>();
  const clientOf = async (host: string): Promise<RegistryClient> => {
    const known = clients.get(host);
    if (known !== undefined) return known;
    const credentials = credentialsFor(host);
    const client = createRegistryClient({
      host,
      ...(credentials === undefined ? {} : { credentials }),
      ...(options.ca === undefined ? {} : { ca: await readCa(options.ca) }),
      ...(options.plainHttp === true ? { plainHttp: true } : {}),
    });
    clients.set(host, client);
    return client;
  };
  const storeOf = async ({ registry, repository }: Reference): Promise<RegistryStore> =>
    registryStore(await clientOf(registry), repository);
  const open = async (text: string): Promise<OpenedReference> => {
    const reference = parseReference(text);
    return { store: await storeOf(reference), reference, wanted: reference.digest ?? reference.tag ?? 'latest' };
  };
  return {
    open,
    source: async (text) => {
      const layout = parseLayoutReference(text);
      return layout === undefined ? open(text) : layoutSource(layout);
    },
    target: async (text) => {
      const layout = parseLayoutReference(text);
      if (layout !== undefined) return layoutTarget(layout);
      const { store, reference } = await open(text);
      if (reference.digest !== undefined) {
        throw new LandfallError('LF-CLI-010', `the destination "${text}" names a digest; give a repository or a tag`);
      }
      return { store, ...(reference.tag === undefined ? {} : { tag: reference.tag }) };
    },
    repository: async (text) => {
      const reference = parseReference(text);
      if (reference.tag !== undefined || reference.digest !== undefined) {
        throw new LandfallError(
          'LF-CLI-010',
          `"${text}" names one artifact; give the repository without tag and digest`,
        );
      }
      return storeOf(reference);
    },
    close: async () => {
      for (const client of clients.values()) await client.close();
    },
  };
}

async function readCa(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new LandfallError('LF-CLI-005', `${path} (--ca) cannot be read`, { cause });
  });
}

/** ECR by the AWS credentials at hand; everything else by the Docker configuration, where there is one. */
function credentialsFor(host: string): CredentialSource | undefined {
  const region = /^\d{12}\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/.exec(host)?.[1];
  if (region !== undefined) return ecrCredentials({ client: new ECRClient({ region }) });
  const path = config.dockerConfig();
  return path === undefined ? undefined : dockerConfigCredentials({ path, host });
}
