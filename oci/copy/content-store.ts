import type { Digest } from '../../contract/index.ts';
import type { Descriptor, RawManifest } from '../manifest.ts';
import type { HashTrail, Part } from '../hash-trail.ts';
import type { Brought } from '../registry/bring-blob.ts';
import type { BlobBody } from '../registry/upload-body.ts';
import type { RegistryClient } from '../registry/client.ts';
import type { BlobReadOptions, BlobWriteOptions, CallOptions } from '../registry/context.ts';
import { linkReferrers } from './link-referrers.ts';

/** Where content can be read from: a repository of a registry, a layout on disk, or an artifact that was just packed. */
export type ContentSource = {
  /** For errors and progress. */
  readonly name: string;
  /** Throws LF-OCI-004 when it is not there. */
  getManifest(tagOrDigest: string, options?: CallOptions): Promise<RawManifest>;
  /** Verified while it is read, its end held back until it is right. May ignore `lent`, and `trail` where it has no `readAgain`. */
  openBlob(descriptor: Descriptor, options?: BlobReadOptions): Promise<AsyncIterable<Uint8Array>>;
  /** A part that `openBlob` has given with this trail, once more: LF-OCI-005 when it is not what it was. Absent: reading from the beginning costs little here. */
  readAgain?(
    descriptor: Descriptor,
    part: Part & { readonly trail: HashTrail },
    options?: BlobReadOptions,
  ): AsyncIterable<Uint8Array>;
  /** What names this manifest as its subject. Absent: the place cannot tell. */
  listReferrers?(subject: Digest, options?: CallOptions): Promise<readonly Descriptor[]>;
};

/** Where content can be written to. */
export type ContentTarget = {
  readonly name: string;
  /** Digest that a tag or digest leads to, or undefined. */
  resolve(tagOrDigest: string, options?: CallOptions): Promise<Digest | undefined>;
  hasBlob(descriptor: Descriptor, options?: CallOptions): Promise<boolean>;
  putBlob(descriptor: Descriptor, body: BlobBody, options?: BlobWriteOptions): Promise<void>;
  /** `putBlob` is done with a piece before it asks for the next: pieces may be lent to it. */
  readonly takesLent?: true;
  putManifest(manifest: RawManifest, options?: CallOptions & { readonly tag?: string }): Promise<void>;
  /** As `hasBlob` and then `putBlob`, in fewer steps; taken over from `mountFrom` where this target can reach that by itself. */
  bringBlob?(
    descriptor: Descriptor,
    body: BlobBody,
    options?: BlobWriteOptions & { readonly mountFrom?: ContentSource },
  ): Promise<Brought>;
  /** Makes these manifests, which are there already, findable by their subject, where that does not happen by itself. */
  linkReferrers?(subject: Digest, referrers: readonly Descriptor[], options?: CallOptions): Promise<void>;
};

export type RegistryStore = ContentSource &
  ContentTarget & { readonly client: RegistryClient; readonly repository: string };

/** One repository of a registry, as a source and a target. */
export function registryStore(client: RegistryClient, repository: string): RegistryStore {
  return {
    client,
    repository,
    name: `${client.host}/${repository}`,
    getManifest: (reference, options) => client.getManifest(repository, reference, options),
    openBlob: (descriptor, options) => client.getBlob(repository, descriptor, options),
    readAgain: (descriptor, part, options) => client.getBlobAgain(repository, descriptor, part, options),
    resolve: async (reference, options) => {
      const head = await client.headManifest(repository, reference, options);
      if (head === undefined) return undefined;
      return head.digest ?? (await client.getManifest(repository, reference, options)).digest;
    },
    hasBlob: (descriptor, options) => client.blobExists(repository, descriptor.digest, options),
    takesLent: true,
    putBlob: (descriptor, body, options) => client.putBlob(repository, descriptor, body, options),
    putManifest: (manifest, options) => client.putManifest(repository, manifest, options),
    bringBlob: (descriptor, body, { mountFrom, ...options } = {}) =>
      client.bringBlob(repository, descriptor, body, {
        ...options,
        ...mountable(mountFrom, client),
      }),
    listReferrers: async (subject, options) => (await client.listReferrers(repository, subject, options)).descriptors,
    linkReferrers: (subject, referrers, options) => linkReferrers(client, repository, subject, referrers, options),
  };
}

export function isRegistryStore(source: object): source is RegistryStore {
  return 'client' in source && 'repository' in source;
}

function mountable(source: ContentSource | undefined, client: RegistryClient): { mountFrom?: string } {
  const own = source !== undefined && isRegistryStore(source) && source.client === client;
  return own ? { mountFrom: source.repository } : {};
}
