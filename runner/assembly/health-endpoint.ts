import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** For the kubelet: `/livez` while the process answers, `/readyz` when the runner holds its lease and is enrolled. */
export async function serveHealth(options: {
  host: string;
  port: number;
  ready: () => string[];
}): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const missing = request.url === '/readyz' ? options.ready() : [];
    const known = request.url === '/readyz' || request.url === '/livez';
    response.writeHead(known ? (missing.length === 0 ? 200 : 503) : 404, { 'content-type': 'text/plain' });
    response.end(known ? `${missing.length === 0 ? 'ok' : missing.join('\n')}\n` : 'not found\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const address: AddressInfo | string | null = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
