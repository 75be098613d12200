import type { ECRClient } from '@aws-sdk/client-ecr';
import { type Clock, type Digest, prefixTag } from '../../contract/index.ts';
import {
  type RegistryClient,
  bearsTag,
  createRegistryClient,
  deleteEcrImages,
  ecrCredentials,
  ensureEcrRepository,
  listEcrImages,
} from '../../oci/index.ts';
import type { WayToRegistry } from '../network/connections.ts';
import type { StoredImage } from './garbage/find-garbage.ts';

/** A registry of the vendor: read only, without bodies. */
export type VendorRegistries = { at(host: string): RegistryClient };

/** The customer's own registry. Repositories are named with the prefix: `lf-acme/shop/web`. */
export type OwnRegistry = {
  client: RegistryClient;
  host: string;
  /** All repositories of the install lie under it. */
  prefix: string;
  /** Makes a repository where the registry needs that said. Returns in what one that was there already is not as ours are; once each. */
  ensureRepository(repository: string): Promise<string[]>;
  /** Whether the runner made this repository: only out of those it removes. */
  made(repository: string, signal: AbortSignal): Promise<boolean>;
  /** Every manifest that the registry lists; null: there is no such repository. */
  images(repository: string, signal: AbortSignal): Promise<readonly StoredImage[] | null>;
  /** None of them the child of another. What is not there is fine. */
  deleteImages(repository: string, digests: readonly Digest[], signal: AbortSignal): Promise<'deleted' | 'unsupported'>;
};

export function createVendorRegistries(options: {
  /** The one pinned at hand-off; the credentials are for it alone. */
  host: string;
  credentials: () => Promise<{ username: string; password: string } | undefined>;
  wayTo: (host: string) => WayToRegistry;
  clock: Clock;
}): VendorRegistries {
  const clients = new Map<string, RegistryClient>();
  return {
    at: (host) => {
      const known = clients.get(host);
      if (known !== undefined) return known;
      const { clock, credentials } = options;
      const own = host === options.host ? { credentials } : {};
      const client = createRegistryClient({ host, clock, ...options.wayTo(host), ...own });
      clients.set(host, client);
      return client;
    },
  };
}

export function ecrRegistry(options: {
  host: string;
  prefix: string;
  /** The customer's own key for what is made; default: ECR's. */
  kmsKeyArn?: string | undefined;
  ecr: ECRClient;
  way: WayToRegistry;
  clock: Clock;
}): OwnRegistry {
  const { host, prefix, ecr, kmsKeyArn, way, clock } = options;
  const ensured = new Set<string>();
  const key = kmsKeyArn === undefined ? {} : { kmsKeyArn };
  return {
    host,
    prefix,
    client: createRegistryClient({ host, clock, ...way, credentials: ecrCredentials({ client: ecr, clock }) }),
    ensureRepository: async (repository) => {
      if (ensured.has(repository)) return [];
      const tags = { [prefixTag]: prefix };
      const { differs } = await ensureEcrRepository({ client: ecr, repository, tags, ...key });
      ensured.add(repository);
      return differs;
    },
    made: (repository) => bearsTag(ecr, repository, prefixTag, prefix),
    images: (repository, signal) => listEcrImages({ client: ecr, repository, signal }),
    deleteImages: async (repository, digests, signal) => {
      await deleteEcrImages({ client: ecr, repository, signal }, digests);
      return 'deleted';
    },
  };
}
