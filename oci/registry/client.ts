import { type Clock, type Digest, LandfallError, systemClock } from '../../contract/index.ts';
import type { Connect } from '../network/connect.ts';
import { createNetwork, type Network } from '../network/network.ts';
import { isRegistry } from '../reference.ts';
import type { HashTrail, Part } from '../hash-trail.ts';
import type { Content } from '../verify-stream.ts';
import type { RawManifest } from '../manifest.ts';
import { createAuthorizer, type CredentialSource } from './authorizer.ts';
import { blobExists, getBlob, getBlobAgain, mountBlob } from './blobs.ts';
import { type WireRequestFacts, wireCarrier } from './carriers.ts';
import { type BringOptions, type Brought, bringBlob } from './bring-blob.ts';
import { storeBlob } from './put-blob.ts';
import type { BlobBody } from './upload-body.ts';
import {
  type Deleted,
  deleteManifest,
  getManifest,
  headManifest,
  type ManifestHead,
  putManifest,
} from './manifests.ts';
import type { BlobReadOptions, BlobWriteOptions, CallOptions, RegistryContext } from './context.ts';
import { listReferrers, type Referrers } from './referrers.ts';
import { createRedirectRules, guardedLookup, type Lookup, systemLookup } from './redirects.ts';
import { createHostPatience, type RetryOptions } from './retry.ts';
import { listRepositories, listTags } from './tags.ts';
import { createTransport } from './transport.ts';
import { createWire } from './wire/wire.ts';

/** One registry by the distribution specification. Repositories are arguments: one client per registry. */
export type RegistryClient = {
  readonly host: string;
  /** Verified against the digest asked for, or against the digest the registry states. */
  getManifest(repository: string, tagOrDigest: string, options?: CallOptions): Promise<RawManifest>;
  /** Undefined when the repository has no such manifest. */
  headManifest(repository: string, tagOrDigest: string, options?: CallOptions): Promise<ManifestHead | undefined>;
  /** Under its digest, or also under `tag`. */
  putManifest(
    repository: string,
    manifest: RawManifest,
    options?: CallOptions & { readonly tag?: string },
  ): Promise<void>;
  blobExists(repository: string, digest: Digest, options?: CallOptions): Promise<boolean>;
  /** Digest and size are verified while streaming; the last chunk comes only when both are right. */
  getBlob(repository: string, content: Content, options?: BlobReadOptions): Promise<AsyncIterable<Uint8Array>>;
  /** A part that `getBlob` has given with this trail, once more: LF-OCI-005 when it is not what it was. */
  getBlobAgain(
    repository: string,
    content: Content,
    part: Part & { readonly trail: HashTrail },
    options?: BlobReadOptions,
  ): AsyncIterable<Uint8Array>;
  /** One body, or chunks where the registry refuses one as too large. What is cut goes on where the registry says it stands. Verified while it is sent. */
  putBlob(repository: string, content: Content, body: BlobBody, options?: BlobWriteOptions): Promise<void>;
  /** As `putBlob`, unless it is there or `mountFrom`, another repository of this registry, has it: in the fewest requests. */
  bringBlob(repository: string, content: Content, body: BlobBody, options?: BringOptions): Promise<Brought>;
  /** True when the registry took the blob over from its other repository; false: upload it. */
  mountBlob(repository: string, digest: Digest, from: string, options?: CallOptions): Promise<boolean>;
  /** With its tags. For garbage; ECR has a call of its own. */
  deleteManifest(repository: string, digest: Digest, options?: CallOptions): Promise<Deleted>;
  listTags(repository: string, options?: CallOptions): Promise<string[]>;
  /** The registry's catalogue, where it is allowed. */
  listRepositories(options?: CallOptions): Promise<string[]>;
  /** Through the referrers API, or the tag schema where there is none. */
  listReferrers(repository: string, digest: Digest, options?: CallOptions): Promise<Referrers>;
  /** Ends all its connections, those in use as well. */
  close(): Promise<void>;
};

export type RegistryClientOptions = {
  /** `host[:port]` */
  host: string;
  credentials?: CredentialSource;
  /** The injected dialer: every connection goes through it. Default: by `network`. */
  connect?: Connect;
  /** Before each request; throws to refuse it. */
  onRequest?: (request: WireRequestFacts) => void;
  /** The way out (proxy, authorities); only without `connect`. */
  network?: Network;
  /** PEM of the authority that signed the registry's certificate, beside the public ones; only without `connect`. */
  ca?: string;
  clock?: Clock;
  /**
   * Of uploads under way so much is kept, in all, that a cut costs no second fetch. Default 32 MiB: of four blobs at a time. What is not
   * kept is read again.
   */
  keepBytes?: number;
  /** Plain http; accepted for loopback addresses only. */
  plainHttp?: boolean;
  retry?: Partial<Omit<RetryOptions, 'clock'>>;
  /** Resolves names before a redirect to them is followed. */
  lookup?: Lookup;
};

const defaultKeepBytes = 32 * 1024 * 1024;

/** Manifests, small blobs and answers without a body: one read of most of them. */
const smallBytes = 64 * 1024;

export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const { host, clock = systemClock } = options;
  if (!isRegistry(host)) throw new LandfallError('LF-OCI-001', `"${host}" is not a registry's host`);
  const origin = new URL(`${options.plainHttp === true ? 'http' : 'https'}://${host}`);
  if (options.plainHttp === true && !isLoopback(origin.hostname)) {
    throw new LandfallError('LF-OCI-007', `${host} is not on this machine: plain http is refused`);
  }
  const { connect, lookup } = wayOut(origin, options);
  const wires = { small: createWire({ connect, bufferBytes: smallBytes }), bulk: createWire({ connect }) };
  const small = wireCarrier(wires.small, options.onRequest);
  const bulk = wireCarrier(wires.bulk, options.onRequest);
  const redirects = createRedirectRules(origin, lookup);
  const { credentials } = options;
  const authorizer = createAuthorizer({ origin, credentials, carry: small, redirects, clock });
  const context: RegistryContext = {
    host,
    send: createTransport({ origin, small, bulk, authorizer, redirects, clock }),
    retry: { clock, host: createHostPatience(), ...options.retry },
    uploads: {
      largestBody: Number.POSITIVE_INFINITY,
      tellsWhatIsThere: undefined,
      goesOn: true,
      keeping: { bytes: 0, most: options.keepBytes ?? defaultKeepBytes },
    },
  };
  return {
    host,
    getManifest: (repository, reference, call = {}) => getManifest(context, repository, reference, call),
    headManifest: (repository, reference, call = {}) => headManifest(context, repository, reference, call),
    putManifest: (repository, manifest, call = {}) => putManifest(context, repository, manifest, call),
    blobExists: (repository, digest, call = {}) => blobExists(context, repository, digest, call),
    getBlob: async (repository, content, call = {}) => getBlob(context, repository, content, call),
    getBlobAgain: (repository, content, part, call = {}) => getBlobAgain(context, repository, content, part, call),
    putBlob: async (repository, content, body, call = {}) => {
      await storeBlob(context, repository, content, body, call);
    },
    bringBlob: (repository, content, body, call = {}) => bringBlob(context, repository, content, body, call),
    mountBlob: (repository, digest, from, call = {}) => mountBlob(context, repository, digest, from, call),
    deleteManifest: (repository, digest, call = {}) => deleteManifest(context, repository, digest, call),
    listRepositories: (call = {}) => listRepositories(context, call),
    listTags: (repository, call = {}) => listTags(context, repository, call),
    listReferrers: (repository, digest, call = {}) => listReferrers(context, repository, digest, call),
    close: async () => {
      await Promise.all([wires.small.close(), wires.bulk.close()]);
    },
  };
}

/** What was injected, or connections of the client's own. */
function wayOut(origin: URL, options: RegistryClientOptions): { connect: Connect; lookup: Lookup } {
  const { connect, ca } = options;
  if (connect !== undefined) return { connect, lookup: options.lookup ?? systemLookup };
  const { network = createNetwork(), lookup = network.lookup } = options;
  const guard = { lookup: guardedLookup(origin, lookup) };
  return { connect: network.connect(ca === undefined ? guard : { ...guard, caPem: ca }), lookup };
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
