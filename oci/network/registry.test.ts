import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestSchema } from '../../contract/index.ts';
import { createAuthority } from '../../dev/index.ts';
import { createRegistryClient } from '../registry/client.ts';
import { createNetwork, type Network } from './network.ts';
import { type ConnectProxy, startConnectProxy } from './testing/connect-proxy.ts';

const blob = Buffer.alloc(3_000_000, 'landfall');
const digest = digestSchema.parse(`sha256:${createHash('sha256').update(blob).digest('hex')}`);

describe('a registry that only the proxy resolves, with a certificate of the customer’s own authority', () => {
  let dir: string;
  let server: Server;
  let proxy: ConnectProxy;
  let host: string;
  let ca: string;
  let port: number;
  let redirect = '';
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lf-proxied-'));
    const authority = await createAuthority(dir);
    ca = authority.certificatePem;
    const names = ['registry.inside.test', 'storage.inside.test'];
    const pair = await authority.issue({ commonName: 'registry', hosts: names, usage: 'server' });
    server = createServer({ cert: pair.certificatePem, key: pair.keyPem }, (request, response) => {
      if (redirect !== '' && request.headers.host?.startsWith('registry.') === true) {
        response.writeHead(307, { location: redirect }).end();
      } else {
        response.writeHead(200, { 'content-length': blob.length }).end(blob);
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
    host = `registry.inside.test:${port}`;
    proxy = await startConnectProxy({ names: new Map(names.map((name) => [name, '127.0.0.1'])) });
  }, 60_000);
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await proxy.close();
    await rm(dir, { recursive: true });
  });

  const fetchBlob = async (network: Network): Promise<number> => {
    const client = createRegistryClient({ host, network, retry: { attempts: 1 } });
    try {
      let bytes = 0;
      for await (const piece of await client.getBlob('shop/app', { digest, size: blob.length })) bytes += piece.length;
      return bytes;
    } finally {
      await client.close();
    }
  };
  const byProxy = (): Network => createNetwork({ ca, proxy: { url: `http://${proxy.address}` } });

  it('gives a blob, and not without the proxy', async () => {
    redirect = '';
    expect(await fetchBlob(byProxy())).toBe(blob.length);
    expect(new Set(proxy.tunnels)).toEqual(new Set([host]));
    await expect(fetchBlob(createNetwork({ ca }))).rejects.toMatchObject({ code: 'LF-OCI-002' });
  });

  it('may send us on to another name of the proxy’s', async () => {
    redirect = `https://storage.inside.test:${port}/blob`;
    expect(await fetchBlob(byProxy())).toBe(blob.length);
    expect(proxy.tunnels).toContain(`storage.inside.test:${port}`);
  });

  it.each(['https://169.254.169.254/x', 'https://10.0.0.1/x', 'http://storage.inside.test/x'])(
    'may not send us on to %s, and the proxy does not hear of it',
    async (location) => {
      redirect = location;
      proxy.refused.length = 0;
      await expect(fetchBlob(byProxy())).rejects.toMatchObject({ code: 'LF-OCI-007' });
      expect(proxy.refused).toEqual([]);
    },
  );
});
