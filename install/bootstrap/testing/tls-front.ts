import { request as sendPlain } from 'node:http';
import { createServer, request as sendByTls } from 'node:https';

/** One request that came to the front. */
export type FrontRequest = { userAgent: string; method: string; path: string };

export type TlsFront = { port: number; requests: FrontRequest[]; close: () => Promise<void> };

/** Speaks TLS on loopback under another name and hands everything on to `origin` as it came, the name that was asked for included. */
export async function startTlsFront(
  origin: { url: string; /** PEM, where it speaks TLS. */ ca?: string },
  pair: { certificatePem: string; keyPem: string },
): Promise<TlsFront> {
  const requests: FrontRequest[] = [];
  const server = createServer({ cert: pair.certificatePem, key: pair.keyPem }, (request, response) => {
    const { method = 'GET', url = '/', headers } = request;
    requests.push({ userAgent: headers['user-agent'] ?? '', method, path: url });
    const send = origin.ca === undefined ? sendPlain : sendByTls;
    // Not the name in the headers: the origin's certificate is for its own.
    const options = {
      method,
      headers,
      setHost: false,
      servername: '',
      ...(origin.ca === undefined ? {} : { ca: origin.ca }),
    };
    const onward = send(new URL(url, origin.url), options, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
