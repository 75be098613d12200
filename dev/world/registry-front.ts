import { Agent, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { KeyPair } from './authority.ts';
import { type RegistryAction, parseRegistryPath } from './registry-path.ts';

/** One request as `authorize` sees it, before anything reaches the registry behind. */
export type FrontRequest = {
  method: string;
  /** Path without the query. */
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  action: RegistryAction;
  /** From `Authorization: Basic`; absent when there was none or it was malformed. */
  credentials: { username: string; password: string } | undefined;
  /** Reads the body whole (at most 4 MiB, the limit of manifests); it is still passed on afterwards. */
  body(): Promise<Buffer>;
};

export type FrontDecision =
  | { allow: true }
  /** 401 with `WWW-Authenticate: Basic`: "send credentials". */
  | { allow: false; challenge: string }
  /** Any other refusal, in the registry's own error format. */
  | { allow: false; status: number; code: string; message: string };

export type FrontRecord = { at: Date; method: string; path: string; status: number; username?: string };

export type RegistryFront = {
  /** `address:port`, as it stands in image references. */
  host: string;
  port: number;
  /** Every request since the start, refused ones included, in the order in which they were answered. */
  requests(): readonly FrontRecord[];
  stop(): Promise<void>;
};

export type RegistryFrontOptions = {
  address: string;
  /** 0 or absent: a free one. */
  port?: number;
  certificate: KeyPair;
  /** The registry behind, plain HTTP on loopback. */
  upstream: { host: string; port: number };
  authorize(request: FrontRequest): FrontDecision | Promise<FrontDecision>;
  now?: () => Date;
};

const manifestLimit = 4 * 1024 * 1024;

/** TLS and authorization in front of a registry that has neither; bodies stream through both ways. */
export async function startRegistryFront(options: RegistryFrontOptions): Promise<RegistryFront> {
  const now = options.now ?? (() => new Date());
  const records: FrontRecord[] = [];
  const agent = new Agent({ keepAlive: true });

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const url = new URL(incoming.url ?? '/', 'https://front.invalid');
    const method = incoming.method ?? 'GET';
    const credentials = parseBasic(incoming.headers.authorization);
    outgoing.once('close', () => {
      const username = credentials === undefined ? {} : { username: credentials.username };
      records.push({ at: now(), method, path: url.pathname, status: outgoing.statusCode, ...username });
    });
    let buffered: Promise<Buffer> | undefined;
    const decision = await options.authorize({
      method,
      path: url.pathname,
      query: url.searchParams,
      headers: incoming.headers,
      action: parseRegistryPath(url.pathname),
      credentials,
      body: () => (buffered ??= readBody(incoming)),
    });
    if (!decision.allow) return refuse(outgoing, decision);
    await forward(incoming, outgoing, {
      upstream: options.upstream,
      path: `${url.pathname}${url.search}`,
      agent,
      body: await buffered,
    });
  };

  const server = createServer(
    { cert: options.certificate.certificatePem, key: options.certificate.keyPem },
    (incoming, outgoing) => {
      handle(incoming, outgoing).catch((error: unknown) => {
        if (outgoing.headersSent) outgoing.destroy();
        else
          refuse(outgoing, {
            status: 502,
            code: 'UNAVAILABLE',
            message: error instanceof Error ? error.message : String(error),
          });
      });
    },
  );
  // Pulls of large layers may pause for long while a disk is busy; the default of 5 minutes cuts them.
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, options.address, resolve);
  });
  const port = portOf(server.address());
  return {
    host: `${options.address}:${port}`,
    port,
    requests: () => records,
    async stop() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      agent.destroy();
    },
  };
}

async function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  to: { upstream: { host: string; port: number }; path: string; agent: Agent; body: Buffer | undefined },
): Promise<void> {
  const { authorization: _spent, connection: _hop, ...headers } = incoming.headers;
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const upstream = httpRequest(
      {
        ...to.upstream,
        agent: to.agent,
        method: incoming.method,
        // The path that was authorized (`..` resolved), not the raw one.
        path: to.path,
        // Host stays, so that Location headers of the registry lead back to this front.
        headers: { ...headers, 'x-forwarded-proto': 'https' },
      },
      resolve,
    );
    upstream.once('error', reject);
    outgoing.once('close', () => upstream.destroy());
    if (to.body === undefined) pipeline(incoming, upstream).catch(reject);
    else upstream.end(to.body);
  });
  outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
  await pipeline(answer, outgoing);
}

function refuse(
  outgoing: ServerResponse,
  decision: { challenge: string } | { status: number; code: string; message: string },
): void {
  const [status, code, message] =
    'challenge' in decision
      ? [401, 'UNAUTHORIZED', 'authentication required']
      : [decision.status, decision.code, decision.message];
  if ('challenge' in decision) outgoing.setHeader('www-authenticate', `Basic realm="${decision.challenge}"`);
  // An unread request body would be taken for the next request of the connection.
  outgoing.setHeader('connection', 'close');
  outgoing.setHeader('docker-distribution-api-version', 'registry/2.0');
  outgoing.writeHead(status, { 'content-type': 'application/json' });
  outgoing.end(JSON.stringify({ errors: [{ code, message }] }));
}

function parseBasic(header: string | undefined): { username: string; password: string } | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon < 0 ? undefined : { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > manifestLimit) throw new Error(`the body is larger than ${manifestLimit} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return address.port;
}
