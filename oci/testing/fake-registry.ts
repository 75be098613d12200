import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { sha256 } from '../../contract/index.ts';

export type FakeRequest = { method: string; path: string; authorization: string | undefined };

export type FakeRegistry = {
  host: string;
  requests: FakeRequest[];
  blobs: Map<string, Uint8Array>;
  /** `repository/reference` -> bytes */
  manifests: Map<string, { bytes: Uint8Array; mediaType: string }>;
  /** Answers a request instead of the registry; returns false to leave it to the registry. */
  intercept: (request: FakeRequest, response: ServerResponse) => boolean;
  stop(): Promise<void>;
};

/** A small registry in memory on loopback, whose every answer a test can replace. */
export async function startFakeRegistry(): Promise<FakeRegistry> {
  const server = createServer((request, response) => {
    void handle(fake, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const fake: FakeRegistry = {
    host: `127.0.0.1:${port}`,
    requests: [],
    blobs: new Map(),
    manifests: new Map(),
    intercept: () => false,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return fake;
}

async function handle(fake: FakeRegistry, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = 'GET', url = '/', headers } = request;
  const seen = { method, path: url, authorization: headers.authorization };
  fake.requests.push(seen);
  if (fake.intercept(seen, response)) {
    request.resume();
    return;
  }
  const { pathname, searchParams } = new URL(url, 'http://x');
  const [, repository = '', kind, rest = ''] = /^\/v2\/(.+)\/(manifests|blobs|tags)\/(.*)$/.exec(pathname) ?? [];
  const body = method === 'PUT' || method === 'POST' ? await readAll(request) : new Uint8Array();
  if (kind === 'manifests' && method === 'PUT') {
    const mediaType = headers['content-type'] ?? '';
    for (const reference of [rest, sha256(body)])
      fake.manifests.set(`${repository}/${reference}`, { bytes: body, mediaType });
    response.writeHead(201).end();
  } else if (kind === 'manifests') {
    const found = fake.manifests.get(`${repository}/${rest}`);
    if (found === undefined) return refuse(response, 404, 'MANIFEST_UNKNOWN');
    response.writeHead(200, {
      'content-type': found.mediaType,
      'content-length': found.bytes.byteLength,
      'docker-content-digest': sha256(found.bytes),
    });
    response.end(method === 'HEAD' ? undefined : found.bytes);
  } else if (kind === 'blobs' && rest === 'uploads/' && method === 'POST') {
    const mount = searchParams.get('mount');
    if (mount !== null && fake.blobs.has(mount)) response.writeHead(201).end();
    else response.writeHead(202, { location: `/v2/${repository}/blobs/uploads/1?_state=x` }).end();
  } else if (kind === 'blobs' && method === 'PUT') {
    const digest = searchParams.get('digest') ?? '';
    if (sha256(body) !== digest) return refuse(response, 400, 'DIGEST_INVALID');
    fake.blobs.set(digest, body);
    response.writeHead(201).end();
  } else if (kind === 'blobs') {
    const found = fake.blobs.get(rest);
    if (found === undefined) return refuse(response, 404, 'BLOB_UNKNOWN');
    response.writeHead(200, { 'content-length': found.byteLength });
    response.end(method === 'HEAD' ? undefined : found);
  } else if (kind === 'tags') {
    const tags = [...fake.manifests.keys()]
      .filter((key) => key.startsWith(`${repository}/`) && !key.includes('sha256:'))
      .map((key) => key.slice(repository.length + 1));
    const last = Number(searchParams.get('last') ?? 0);
    const more = last + 2 < tags.length ? { link: `</v2/${repository}/tags/list?last=${last + 2}>; rel="next"` } : {};
    response.writeHead(200, more).end(JSON.stringify({ tags: tags.slice(last, last + 2) }));
  } else refuse(response, 404, 'UNSUPPORTED');
}

export function refuse(
  response: ServerResponse,
  status: number,
  code: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, headers).end(JSON.stringify({ errors: [{ code, message: code.toLowerCase() }] }));
}

async function readAll(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}
