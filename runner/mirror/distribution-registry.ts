import { type Clock, type Digest, LandfallError, digestSchema } from '../../contract/index.ts';
import { type CredentialSource, createRegistryClient } from '../../oci/index.ts';
import type { WayToRegistry } from '../network/connections.ts';
import type { StoredImage } from './garbage/find-garbage.ts';
import type { OwnRegistry } from './registries.ts';

export type DistributionRegistryOptions = {
  host: string;
  prefix: string;
  /** Undefined: no login. */
  credentials: CredentialSource | undefined;
  way: WayToRegistry;
  clock: Clock;
  /** For tests on loopback addresses only. */
  plainHttp?: boolean;
};

/**
 * A registry that has nothing but the distribution protocol (Harbor, CNCF distribution, ACR, Artifact Registry): repositories come into being
 * by the first push, are listed by their tags, and manifests are deleted one by one, where the registry does that at all.
 */
export function distributionRegistry(options: DistributionRegistryOptions): OwnRegistry {
  const { host, prefix, credentials, way, clock, plainHttp } = options;
  const client = createRegistryClient({
    ...{ host, clock, ...way },
    ...(credentials === undefined ? {} : { credentials }),
    ...(plainHttp === undefined ? {} : { plainHttp }),
  });
  return {
    host,
    prefix,
    client,
    ensureRepository: () => Promise.resolve([]),
    // Nothing here says who has made a repository. Below the prefix it is the runner, but for its own image.
    made: (repository) => Promise.resolve(!repository.startsWith(`${prefix}/landfall/`)),
    images: async (repository, signal) => {
      const tags = await client.listTags(repository, { signal }).catch((error: unknown) => {
        if (error instanceof LandfallError && error.code === 'LF-OCI-004') return null;
        throw error;
      });
      if (tags === null) return null;
      const found = new Map<Digest, string[]>();
      for (const tag of tags) {
        const digest = rootOf(tag) ?? (await client.headManifest(repository, tag, { signal }))?.digest;
        if (digest !== undefined) found.set(digest, [...(found.get(digest) ?? []), tag]);
      }
      return [...found].map(([digest, names]): StoredImage => ({ digest, tags: names }));
    },
    deleteImages: async (repository, digests, signal) => {
      for (const digest of digests)
        if ((await client.deleteManifest(repository, digest, { signal })) === 'unsupported') return 'unsupported';
      return 'deleted';
    },
  };
}

/** The tag `lf-<digest>` (and `lf-<digest>-<platforms>`) says itself where it leads: nobody need be asked. */
function rootOf(tag: string): Digest | undefined {
  const hex = /^lf-([0-9a-f]{64})(?:-[0-9a-f]{12})?$/.exec(tag)?.[1];
  return hex === undefined ? undefined : digestSchema.parse(`sha256:${hex}`);
}
