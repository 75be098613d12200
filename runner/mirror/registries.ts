import type { ECRClient } from '@aws-sdk/client-ecr';
import type { Dispatcher } from 'undici';
import type { Clock } from '../../contract/index.ts';
import { type RegistryClient, createRegistryClient, ecrCredentials, ensureEcrRepository } from '../../oci/index.ts';

/** A registry of the vendor: read only, without bodies. */
export type VendorRegistries = { at(host: string): RegistryClient };

/** The customer's own registry. */
export type OwnRegistry = {
  client: RegistryClient;
  host: string;
  /** All repositories of the install lie under it. */
  prefix: string;
  /** Makes a repository where the registry needs that said. */
  ensureRepository(repository: string): Promise<void>;
};

export function createVendorRegistries(options: {
  /** The one pinned at hand-off; the credentials are for it alone. */
  host: string;
  credentials: () => Promise<{ username: string; password: string } | undefined>;
  dispatcherFor: (host: string) => Dispatcher;
  clock: Clock;
}): VendorRegistries {
  const clients = new Map<string, RegistryClient>();
  return {
    at: (host) => {
      const known = clients.get(host);
      if (known !== undefined) return known;
      const { clock, credentials } = options;
      const own = host === options.host ? { credentials } : {};
      const client = createRegistryClient({ host, clock, dispatcher: options.dispatcherFor(host), ...own });
      clients.set(host, client);
      return client;
    },
  };
}

export function ecrRegistry(options: {
  host: string;
  prefix: string;
  ecr: ECRClient;
  dispatcher: Dispatcher;
  clock: Clock;
}): OwnRegistry {
  const { host, prefix, ecr, dispatcher, clock } = options;
  const made = new Set<string>();
  return {
    host,
    prefix,
    client: createRegistryClient({ host, clock, dispatcher, credentials: ecrCredentials({ client: ecr, clock }) }),
    ensureRepository: async (repository) => {
      if (made.has(repository)) return;
      await ensureEcrRepository({ client: ecr, repository, tags: { 'landfall.dev/prefix': prefix } });
      made.add(repository);
    },
  };
}
