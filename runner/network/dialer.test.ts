import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fetched, bodyless, createDialer, fetchOnly } from './dialer.ts';

let origin: string;
let port: number;
const server = createServer((_request, response) => response.end('hello'));
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
  origin = `http://127.0.0.1:${port}`;
});
afterAll(() => {
  server.close();
});

const get = { path: '/x?token=1', method: 'GET' as const };

describe('the dialer', () => {
  it('reaches the hosts of its rule', async () => {
    const dispatcher = createDialer().to({ name: 'it', hosts: [`127.0.0.1:${port}`] });
    expect((await dispatcher.request({ origin, ...get })).statusCode).toBe(200);
  });

  it.each([
    ['another host', 'other.test'],
    ['another port', '127.0.0.1:1'],
    ['the usual port only', '127.0.0.1'],
  ])('refuses what is not in its rule (%s)', async (_name, host) => {
    const dispatcher = createDialer().to({ name: 'it', hosts: [host] });
    await expect(dispatcher.request({ origin, ...get })).rejects.toMatchObject({ code: 'LF-RUNNER-060' });
  });

  it('with the guard off reaches any host', async () => {
    const dispatcher = createDialer({ guard: false }).to({ name: 'it', hosts: [] });
    expect((await dispatcher.request({ origin, ...get })).statusCode).toBe(200);
  });
});

describe('a way out without bodies', () => {
  const fetched: Fetched[] = [];
  const way = () =>
    bodyless(
      createDialer().to({ name: 'it', hosts: [`127.0.0.1:${port}`] }),
      fetchOnly('it', (each) => fetched.push(each)),
    );

  it('tells host and path, not the query', async () => {
    await way().request({ origin, ...get });
    expect(fetched.at(-1)).toEqual({ method: 'GET', host: `127.0.0.1:${port}`, path: '/x' });
  });

  it.each([
    ['a POST', { method: 'POST' as const, path: '/' }],
    ['a GET with a body', { method: 'GET' as const, path: '/', body: 'secret' }],
  ])('refuses %s', async (_name, request) => {
    await expect(way().request({ origin, ...request })).rejects.toMatchObject({ code: 'LF-RUNNER-061' });
  });
});
