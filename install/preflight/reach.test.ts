import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dispatchersVia } from './dispatchers.ts';
import { createReach } from './reach.ts';

describe('reaching the vendor', () => {
  let vendor: Server;
  let proxy: Server;
  let passed: string[] = [];
  const portOf = (server: Server): number => {
    const address = server.address();
    return typeof address === 'object' ? (address?.port ?? 0) : 0;
  };
  const listen = (server: Server): Promise<void> => new Promise((done) => server.listen(0, '127.0.0.1', done));

  beforeAll(async () => {
    vendor = createServer((request, response) => response.writeHead(request.method === 'HEAD' ? 401 : 500).end());
    proxy = createServer();
    proxy.on('connect', (request, socket) => {
      passed.push(request.url ?? '');
      const onward = connect(portOf(vendor), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        onward.pipe(socket).pipe(onward);
      });
      for (const end of [onward, socket]) end.on('error', () => end.destroy());
    });
    await Promise.all([listen(vendor), listen(proxy)]);
  });
  afterAll(() => {
    vendor.closeAllConnections();
    vendor.close();
    proxy.close();
  });

  it('asks by HEAD, and takes every answer for one', async () => {
    const url = `http://127.0.0.1:${portOf(vendor)}/v2/`;
    const reach = createReach(dispatchersVia({ http: '', https: '', except: '' }));
    expect(await reach(url)).toEqual({ url, status: 401 });
  });

  it('goes by the customer’s proxy, except where the customer says so', async () => {
    const http = `http://127.0.0.1:${portOf(proxy)}`;
    const url = `http://vendor.test/v2/`;
    passed = [];
    expect(await createReach(dispatchersVia({ http, https: http, except: '' }))(url)).toEqual({ url, status: 401 });
    expect(passed).toEqual(['vendor.test:80']);
    const direct = `http://127.0.0.1:${portOf(vendor)}/`;
    const except = createReach(dispatchersVia({ http, https: http, except: '127.0.0.1' }));
    expect(await except(direct)).toEqual({ url: direct, status: 401 });
    expect(passed).toHaveLength(1);
  });

  it('says why nobody answers', async () => {
    const closed = createServer();
    await listen(closed);
    const url = `http://127.0.0.1:${portOf(closed)}/`;
    await new Promise((done) => closed.close(done));
    const reach = createReach(dispatchersVia({ http: '', https: '', except: '' }));
    expect(await reach(url)).toMatchObject({ failed: expect.stringContaining('ECONNREFUSED') });
  });
});
