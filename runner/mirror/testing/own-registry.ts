import type { Digest } from '../../../contract/index.ts';
import type { OwnRegistry } from '../registries.ts';
import type { MemoryRegistry } from './memory-registry.ts';

/** The customer's registry as ECR is one: repositories have to be made, images are listed and deleted beside the registry protocol. */
export function memoryOwnRegistry(client: MemoryRegistry, prefix: string): OwnRegistry & { repositories: Set<string> } {
  const repositories = new Set<string>();
  const note = (request: string): void => {
    client.before(request);
    client.requests.push(request);
  };
  return {
    client,
    host: client.host,
    prefix,
    repositories,
    ensureRepository: async (repository) => {
      if (repositories.has(repository)) return [];
      note(`MAKE ${repository}`);
      repositories.add(repository);
      return [];
    },
    made: async (repository) => {
      note(`TAGS ${repository}`);
      return repositories.has(repository);
    },
    images: async (repository) => {
      note(`LIST ${repository}`);
      return repositories.has(repository) ? client.images(repository) : null;
    },
    deleteImages: async (repository, digests) => {
      note(`DELETE ${repository}`);
      const below = new Set(client.images(repository).flatMap((image) => client.childrenOf(repository, image.digest)));
      for (const digest of digests) {
        // As ECR: ImageReferencedByManifestList.
        if (below.has(digest)) throw new Error(`${digest} is the child of an index that is still there`);
      }
      for (const digest of digests) client.remove(repository, digest);
      return 'deleted';
    },
  };
}

export const digestsIn = (client: MemoryRegistry, repository: string): Digest[] =>
  client.images(repository).map((image) => image.digest);
