import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';

export type RequestBody = Uint8Array | string | Readable;

export type TransportRequest = {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path below the registry's origin, or a whole URL that the registry itself gave us. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Called once per attempt: a stream can be read only once. */
  readonly body?: () => RequestBody;
  readonly expect: readonly number[];
  /** Repositories this touches and how: the token's scope. */
  readonly scopes: readonly { readonly repository: string; readonly actions: 'pull' | 'pull,push' }[];
  readonly signal?: AbortSignal | undefined;
  /** For errors: `fetching manifest sha256:... of shop/gateway`. */
  readonly what: string;
};

export type TransportResponse = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Dispatcher.ResponseData['body'];
  /** Where the answer came from, after redirects. */
  readonly url: URL;
};

/** One request as one try: authorised, redirects followed by our rules, statuses turned into errors. Retries are above it. */
export type Transport = (request: TransportRequest) => Promise<TransportResponse>;
