import type { LookupFunction } from 'node:net';
import { Agent, type Dispatcher } from 'undici';
import { type Clock, type Digest, LandfallError, systemClock } from '../../contract/index.ts';
import { isRegistry } from '../reference.ts';
import type { Content } from '../verify-stream.ts';
import type { RawManifest } from '../manifest.ts';
import { createAuthorizer, type CredentialSource } from './authorizer.ts';
import { blobExists, getBlob, mountBlob } from './blobs.ts';
import { type BlobBody, putBlob } from './put-blob.ts';
import { getManifest, headManifest, type ManifestHead, putManifest } from './manifests.ts';
import type { CallOptions, RegistryContext } from './context.ts';
import { listReferrers, type Referrers } from './referrers.ts';
import { createRedirectRules, guardedLookup, type Lookup, systemLookup } from './redirects.ts';
import { createHostPatience, type RetryOptions } from './retry.ts';
import { listTags } from './tags.ts';
import { createTransport } from './transport.ts';

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
  getBlob(repository: string, content: Content, options?: CallOptions): Promise<AsyncIterable<Uint8Array>>;
  /** One body, or chunks where the registry refuses one as too large. `body` is opened again for each retry. Verified while it is sent. */
  putBlob(repository: string, content: Content, body: BlobBody, options?: CallOptions): Promise<void>;
  /** True when the registry took the blob over from its other repository; false: upload it. */
  mountBlob(repository: string, digest: Digest, from: string, options?: CallOptions): Promise<boolean>;
  listTags(repository: string, options?: CallOptions): Promise<string[]>;
  /** Through the referrers API, or the tag schema where there is none. */
  listReferrers(repository: string, digest: Digest, options?: CallOptions): Promise<Referrers>;
  /** Closes the connections of a dispatcher that the client made itself. */
  close(): Promise<void>;
};

export type RegistryClientOptions = {
  /** `host[:port]` */
  host: string;
  credentials?: CredentialSource;
  /** The injected dialer: every connection goes through it. Default: an undici Agent of the client's own. */
  dispatcher?: Dispatcher;
  /** PEM of the authority that signed the registry's certificate; only without `dispatcher`. */
  ca?: string;
  clock?: Clock;
  /** Plain http; accepted for loopback addresses only. */
  plainHttp?: boolean;
  retry?: Partial<Omit<RetryOptions, 'clock'>>;
  /** Resolves names before a redirect to them is followed. */
  lookup?: Lookup;
};

export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const { host, clock = systemClock } = options;
  if (!isRegistry(host)) throw new LandfallError('LF-OCI-001', `"${host}" is not a registry's host`);
  const origin = new URL(`${options.plainHttp === true ? 'http' : 'https'}://${host}`);
  if (options.plainHttp === true && !isLoopback(origin.hostname)) {
    throw new LandfallError('LF-OCI-007', `${host} is not on this machine: plain http is refused`);
  }
  const lookup = options.lookup ?? systemLookup;
  const dispatcher = options.dispatcher ?? createAgent(options.ca, guardedLookup(origin, lookup));
  const redirects = createRedirectRules(origin, lookup);
  const authorizer = createAuthorizer({ origin, credentials: options.credentials, dispatcher, redirects, clock });
  const context: RegistryContext = {
    host,
    send: createTransport({ origin, dispatcher, authorizer, redirects, clock }),
    retry: { clock, host: createHostPatience(), ...options.retry },
    uploads: { largestBody: Number.POSITIVE_INFINITY },
  };
  return {
    host,
    getManifest: (repository, reference, call = {}) => getManifest(context, repository, reference, call),
    headManifest: (repository, reference, call = {}) => headManifest(context, repository, reference, call),
    putManifest: (repository, manifest, call = {}) => putManifest(context, repository, manifest, call),
    blobExists: (repository, digest, call = {}) => blobExists(context, repository, digest, call),
    getBlob: (repository, content, call = {}) => getBlob(context, repository, content, call),
    putBlob: (repository, content, body, call = {}) => putBlob(context, repository, content, body, call),
    mountBlob: (repository, digest, from, call = {}) => mountBlob(context, repository, digest, from, call),
    listTags: (repository, call = {}) => listTags(context, repository, call),
    listReferrers: (repository, digest, call = {}) => listReferrers(context, repository, digest, call),
    close: async () => (options.dispatcher === undefined ? dispatcher.close() : undefined),
  };
}

function createAgent(ca: string | undefined, lookup: LookupFunction): Agent {
  return new Agent({ connections: 16, connect: { lookup, ...(ca === undefined ? {} : { ca }) } });
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
