import { type Digest, LandfallError, sha256 } from '../../../contract/index.ts';
import { type BlobBody, parseManifest, type RawManifest, type RegistryClient } from '../../../oci/index.ts';
import type { StoredImage } from '../garbage/find-garbage.ts';

export type MemoryRegistry = RegistryClient & {
  requests: string[];
  /** Throws to fail a request; called before it has an effect. */
  before: (request: string) => void;
  /** Loses everything of a repository. */
  forget(repository: string): void;
  has(repository: string, reference: string): boolean;
  /** Every manifest of a repository with its tags. */
  images(repository: string): StoredImage[];
  childrenOf(repository: string, digest: Digest): Digest[];
  /** A manifest with all of its tags. */
  remove(repository: string, digest: Digest): void;
};

/** A registry in memory, behind the interface of the real client. */
export function memoryRegistry(host: string): MemoryRegistry {
  const manifests = new Map<string, RawManifest>();
  const blobs = new Map<string, Uint8Array>();
  const absent = (what: string): LandfallError => new LandfallError('LF-OCI-004', `${host} does not have ${what}`);
  const note = (request: string): void => {
    registry.before(request);
    registry.requests.push(request);
  };
  const registry: MemoryRegistry = {
    host,
    requests: [],
    before: () => undefined,
    forget: (repository) => {
      for (const map of [manifests, blobs])
        for (const key of map.keys()) if (key.startsWith(`${repository}@`)) map.delete(key);
    },
    has: (repository, reference) => manifests.has(`${repository}@${reference}`),
    images: (repository) => {
      const tags = new Map<Digest, string[]>();
      for (const [key, { digest }] of manifests) {
        if (!key.startsWith(`${repository}@`)) continue;
        const reference = key.slice(repository.length + 1);
        tags.set(digest, [...(tags.get(digest) ?? []), ...(reference === digest ? [] : [reference])]);
      }
      return [...tags].map(([digest, names]) => ({ digest, tags: names }));
    },
    childrenOf: (repository, digest) => {
      const found = manifests.get(`${repository}@${digest}`);
      const parsed = found && parseManifest(found);
      return parsed?.kind === 'index' ? parsed.index.manifests.map((child) => child.digest) : [];
    },
    remove: (repository, digest) => {
      for (const [key, manifest] of manifests)
        if (key.startsWith(`${repository}@`) && manifest.digest === digest) manifests.delete(key);
    },
    getManifest: async (repository, reference) => {
      note(`GET manifest ${repository}`);
      const found = manifests.get(`${repository}@${reference}`);
      if (found === undefined) throw absent(`${repository}@${reference}`);
      return found;
    },
    headManifest: async (repository, reference) => {
      note(`HEAD manifest ${repository}`);
      const found = manifests.get(`${repository}@${reference}`);
      return found && { digest: found.digest, mediaType: found.mediaType, size: found.bytes.byteLength };
    },
    putManifest: async (repository, manifest, options = {}) => {
      note(`PUT manifest ${repository}`);
      for (const reference of [manifest.digest, options.tag]) {
        if (reference !== undefined) manifests.set(`${repository}@${reference}`, manifest);
      }
    },
    blobExists: async (repository, digest) => blobs.has(`${repository}@${digest}`),
    getBlob: async (repository, content) => {
      note(`GET blob ${repository}`);
      const found = blobs.get(`${repository}@${content.digest}`);
      if (found === undefined) throw absent(`${repository}@${content.digest}`);
      return chunksOf(found);
    },
    getBlobAgain: () => {
      throw new Error('nothing is cut here');
    },
    putBlob: async (repository, content, body) => {
      note(`PUT blob ${repository}`);
      const bytes = await wholeOf(body);
      if (sha256(bytes) !== content.digest) throw new LandfallError('LF-OCI-005', 'another digest');
      blobs.set(`${repository}@${content.digest}`, bytes);
    },
    bringBlob: async (repository, content, body) => {
      if (blobs.has(`${repository}@${content.digest}`)) return 'present';
      await registry.putBlob(repository, content, body);
      return 'copied';
    },
    mountBlob: () => Promise.resolve(false),
    deleteManifest: async (repository, digest) => {
      note(`DELETE manifest ${repository}`);
      if (!manifests.has(`${repository}@${digest}`)) return 'absent';
      registry.remove(repository, digest);
      return 'deleted';
    },
    listRepositories: async () => [...new Set([...manifests.keys()].map((key) => key.split('@')[0] ?? ''))],
    listTags: () => Promise.resolve([]),
    listReferrers: () => Promise.resolve({ kept: 'api', descriptors: [] }),
    close: () => Promise.resolve(),
  };
  return registry;
}

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

async function wholeOf(body: BlobBody): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body;
  const chunks: Uint8Array[] = [];
  for await (const chunk of await body()) chunks.push(chunk);
  return Buffer.concat(chunks);
}
