import { createServer } from 'node:net';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { createClusterApi } from './cluster-api.ts';
import { requireReachable } from './require-reachable.ts';

/** An address where nobody listens: taken and given back. */
async function nobody(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return `https://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

it('says which address is closed, and how the install file opens it', async () => {
  const endpoint = await nobody();
  const api = createClusterApi({ endpoint, ca: '' }, () => Promise.resolve('token'));
  await expect(requireReachable(api, endpoint)).rejects.toMatchObject({
    code: 'LF-INSTALL-010',
    temporary: true,
    message: expect.stringContaining(endpoint),
  });
  await api.close();
});

it('is content with any answer, a refusal too', async () => {
  const api = { ask: () => Promise.resolve({ status: 403, body: '' }) };
  await expect(requireReachable(api, 'https://cluster.example')).resolves.toBeUndefined();
});
