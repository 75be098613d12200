/** Whoever sends it is done with a piece before asking for the next. Pieces need `content-length` in the headers. */
export type RequestBody = Uint8Array | AsyncIterable<Uint8Array>;

/** A piece may be gone when the next is asked for: copy what is kept. */
export type ResponseBody = AsyncIterable<Uint8Array>;

export type Scope =
  | { readonly repository: string; readonly actions: 'pull' | 'pull,push' | 'pull,delete' }
  /** All of the registry: its catalogue. */
  | { readonly registry: 'catalog' };

export type TransportRequest = {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path below the registry's origin, or a URL that the registry itself gave us. */
  readonly target: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Called once per attempt: a stream can be read only once. */
  readonly body?: () => RequestBody;
  readonly expect: readonly number[];
  /** Repositories this touches and how: the token's scope. */
  readonly scopes: readonly Scope[];
  readonly signal?: AbortSignal | undefined;
  /** Its body, or its answer's, is large: it goes by the wire where there is one. */
  readonly bulk?: boolean;
  /** For errors: `fetching manifest sha256:... of shop/gateway`. */
  readonly what: string;
};

export type TransportResponse = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ResponseBody;
  /** Where the answer came from, after redirects. */
  readonly url: URL;
};

/** One request as one try: authorised, redirects followed by our rules, statuses turned into errors. Retries are above it. */
export type Transport = (request: TransportRequest) => Promise<TransportResponse>;

/** One request to one server and its answer: nothing is authorised, followed or repeated. Rejects when there is no answer. */
export type Carrier = (
  url: URL,
  request: {
    readonly method: TransportRequest['method'];
    readonly headers: Readonly<Record<string, string>>;
    readonly body: RequestBody | undefined;
    readonly signal: AbortSignal | undefined;
  },
) => Promise<Omit<TransportResponse, 'url'>>;
