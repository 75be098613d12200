import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Before an endpoint: passes everything on as it came, and refuses the requests that `refuses` names. */
export async function startCuttingProxy(endpoint: string, refuses: (method: string, path: string) => boolean) {
  const { hostname, port } = new URL(endpoint);
  const refused: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const { method = '', url = '', headers } = incoming;
    if (refuses(method, url)) {
      refused.push(`${method} ${url}`);
      incoming.resume();
      const body = '<Error><Code>AccessDenied</Code><Message>cut</Message></Error>';
      outgoing.writeHead(403, { 'content-type': 'application/xml' }).end(body);
      return;
    }
    const onward = request({ hostname, port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    refused,
    stop: async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
