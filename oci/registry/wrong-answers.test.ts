import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createPlainServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { digestSchema } from '../../contract/index.ts';
import { parseManifest } from '../manifest.ts';
import { mediaTypes } from '../media-types.ts';
import { createRegistryClient, type RegistryClient } from './client.ts';

const digest = digestSchema.parse(`sha256:${'a'.repeat(64)}`);
const clock = { now: () => new Date(), sleep: () => Promise.resolve() };
const running: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of running.splice(0)) await end();
});

async function listening(server: Server | ReturnType<typeof createPlainServer>): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  running.push(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  return `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}
const clientOf = (host: string, plainHttp = true): RegistryClient => {
  const client = createRegistryClient({ host, plainHttp, clock });
  running.unshift(() => client.close());
  return client;
};

type Answer = { status?: number; headers?: Record<string, string>; body?: string };
const page = '<html>sign in</html>';
const manifest = (body: string): Answer => ({ headers: { 'content-type': mediaTypes.imageManifest }, body });
const readManifest = async (client: RegistryClient): Promise<unknown> =>
  parseManifest(await client.getManifest('shop/web', 'v1'));
const token = { status: 401, headers: { 'www-authenticate': 'Bearer realm="http://HOST/token"' } };

type Row = [
  name: string,
  code: string,
  says: string,
  answer: Answer | ((path: string) => Answer),
  ask: typeof readManifest,
];
const rows: Row[] = [
  [
    'a page for a manifest',
    'LF-OCI-008',
    '/shop/web@sha256:',
    { headers: { 'content-type': 'text/html' }, body: page },
    readManifest,
  ],
  ['brackets without an end', 'LF-OCI-008', 'deeper', manifest('['.repeat(100_000)), readManifest],
  ['a manifest of another shape', 'LF-OCI-008', 'layers', manifest('{"schemaVersion":2,"layers":"no"}'), readManifest],
  [
    'a page for its tags',
    'LF-OCI-008',
    'listing the tags of shop/web',
    { body: page },
    (client) => client.listTags('shop/web'),
  ],
  [
    'a tag that is none',
    'LF-OCI-008',
    'tags[1]: no tag',
    { body: '{"tags":["v1","\\u001b[2J"]}' },
    (client) => client.listTags('shop/web'),
  ],
  [
    'a path for a repository',
    'LF-OCI-008',
    'listing its repositories',
    { body: '{"repositories":["../../etc"]}' },
    (client) => client.listRepositories(),
  ],
  [
    'a page for referrers',
    'LF-OCI-008',
    `what refers to ${digest} of shop/web`,
    { body: page },
    (client) => client.listReferrers('shop/web', digest),
  ],
  [
    'a page for a token',
    'LF-OCI-008',
    'for repository:shop/web:pull',
    (path) => (path.startsWith('/token') ? { body: page } : token),
    readManifest,
  ],
  [
    'no token',
    'LF-OCI-003',
    'answered 403 when asked for a token',
    (path) => (path.startsWith('/token') ? { status: 403 } : token),
    readManifest,
  ],
  [
    'an upload nowhere',
    'LF-OCI-008',
    `storing blob ${digest} in shop/web`,
    { status: 202 },
    (client) => client.putBlob('shop/web', { digest, size: 2 }, Buffer.from('{}'), { verified: true }),
  ],
];

describe('what a registry answers wrongly', () => {
  it.each(rows)('is told with registry, place and code: %s', async (_, code, says, answer, ask) => {
    const server = createServer((request: IncomingMessage, response: ServerResponse) => {
      const {
        status = 200,
        headers = {},
        body = '',
      } = typeof answer === 'function' ? answer(request.url ?? '') : answer;
      const host = request.headers.host ?? '';
      request.resume();
      const given = Object.entries(headers).map(([name, value]) => [name, value.replace('HOST', host)] as const);
      response.writeHead(status, Object.fromEntries(given)).end(body);
    });
    const host = await listening(server);
    const error: unknown = await ask(clientOf(host)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, temporary: false, message: expect.stringContaining(host) });
    const message = error instanceof Error ? error.message : '';
    expect(message).toContain(says);
    expect(message).toMatch(/^[\x20-\x7e]+$/);
  });

  it('is told as no TLS, once, where a registry speaks plain http', async () => {
    let connections = 0;
    const server = createPlainServer((socket) => {
      connections++;
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n'));
    });
    const host = await listening(server);
    await expect(clientOf(host, false).getManifest('shop/web', 'v1')).rejects.toMatchObject({
      ...{ code: 'LF-OCI-002', temporary: false },
      message: `${host} could not be reached while fetching manifest v1 of shop/web: it does not speak TLS`,
    });
    expect(connections).toBe(1);
  });
});
