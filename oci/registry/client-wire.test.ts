import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LandfallError, sha256 } from '../../contract/index.ts';
import { createRegistryClient, type RegistryClient, type RegistryClientOptions } from './client.ts';

/** Large enough to go over the wire. */
const bytes = Buffer.alloc(1024 * 1024, 'landfall');
const content = { digest: sha256(bytes), size: bytes.byteLength };

let server: Server;
let heard: string[];
let answer: string;
let client: RegistryClient;
const open = (more: Partial<RegistryClientOptions> = {}): void => {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  client = createRegistryClient({ host: `127.0.0.1:${port}`, plainHttp: true, ...more });
};
const get = async (): Promise<void> => {
  for await (const piece of await client.getBlob('a/b', content)) expect(piece.byteLength).toBeGreaterThan(0);
};

beforeEach(async () => {
  heard = [];
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (data) => {
      heard.push(data.toString('latin1').split('\r\n')[0] ?? '');
      socket.write(Buffer.concat([Buffer.from(answer, 'latin1'), bytes]));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await client.close();
  server.close();
});

it('an answer with two lengths is refused, names the registry, and is not asked for again', async () => {
  answer = `HTTP/1.1 200 OK\r\ncontent-length: ${content.size}\r\ncontent-length: 5\r\n\r\n`;
  open();
  const error = await get().catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: 'LF-OCI-020', temporary: false });
  expect(error instanceof LandfallError ? error.message : '').toMatch(
    /^127\.0\.0\.1:\d+, fetching blob sha256:\w+ of a\/b: the answer breaks the rules of HTTP\/1\.1: it has two fields/,
  );
  expect(heard).toEqual([`GET /v2/a/b/blobs/${content.digest} HTTP/1.1`]);
});

it('each request is told before it is sent, and can be refused', async () => {
  answer = `HTTP/1.1 200 OK\r\ncontent-length: ${content.size}\r\n\r\n`;
  const told: unknown[] = [];
  open({ onRequest: (request) => told.push(request) });
  await get();
  const path = `/v2/a/b/blobs/${content.digest}`;
  expect(told).toEqual([{ method: 'GET', host: client.host, path, hasBody: false }]);
  await client.close();
  open({
    onRequest: () => {
      throw new LandfallError('LF-OCI-007', 'not from here');
    },
  });
  await expect(get()).rejects.toMatchObject({ code: 'LF-OCI-007' });
  expect(heard).toHaveLength(1);
});
