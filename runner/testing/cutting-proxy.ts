import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, request as tlsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';

/** TLS on both sides: a certificate here, and whom to believe behind, under which name. */
export type CuttingTls = { certificatePem: string; keyPem: string; ca: string; servername: string };

/** Before an endpoint: passes everything on as it came, and refuses the requests that `refuses` names. */
export async function startCuttingProxy(
  endpoint: string,
  refuses: (method: string, path: string) => boolean,
  tls?: CuttingTls,
) {
  const { hostname, port } = new URL(endpoint);
  const refused: string[] = [];
  const pass = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const { method = '', url = '', headers } = incoming;
    if (refuses(method, url)) {
      refused.push(`${method} ${url}`);
      incoming.resume();
      const body = '<Error><Code>AccessDenied</Code><Message>cut</Message></Error>';
      outgoing.writeHead(403, { 'content-type': 'application/xml' }).end(body);
      return;
    }
    const target = { hostname, port, method, path: url, headers };
    const heard = (answer: IncomingMessage): void => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    };
    const onward =
      tls === undefined
        ? request(target, heard)
        : tlsRequest({ ...target, ca: tls.ca, servername: tls.servername }, heard);
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  };
  const server =
    tls === undefined ? createServer(pass) : createTlsServer({ cert: tls.certificatePem, key: tls.keyPem }, pass);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    endpoint: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${address.port}`,
    port: address.port,
    refused,
    stop: async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
