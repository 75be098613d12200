import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { LandfallError } from '../../contract/index.ts';
import type { CloudRequest, CloudResponse } from './wire/request.ts';

export type HttpServer = { port: number; stop(): Promise<void> };

/** A body larger than this is cut off: nothing here is meant to carry more. */
const bodyLimit = 256 * 1024 * 1024;

/** A plain HTTP server that hands whole requests to `handle`, with path and body as they came. */
export async function serve(
  at: { address: string; port: number },
  handle: (request: CloudRequest) => Promise<CloudResponse>,
  say: (line: string) => void,
): Promise<HttpServer> {
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const response = await handle(await read(incoming));
    const isBodyless = incoming.method === 'HEAD' || response.status === 204 || response.status === 304;
    const length = isBodyless ? {} : { 'content-length': String(response.body.length) };
    outgoing.writeHead(response.status, { ...response.headers, ...length });
    outgoing.end(isBodyless ? undefined : response.body);
  };
  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing).catch((error: unknown) => {
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      say(`cloud: ${incoming.method} ${incoming.url?.split('?', 1)[0]} failed: ${message}`);
      if (!outgoing.headersSent) outgoing.writeHead(500, { 'content-type': 'text/plain' });
      outgoing.end(`the cloud stand-in failed: ${error instanceof Error ? error.message : 'unknown'}`);
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.port, at.address, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string')
    throw new LandfallError('LF-DEV-102', 'the cloud stand-in listens on no port');
  return {
    port: address.port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function read(incoming: IncomingMessage): Promise<CloudRequest> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > bodyLimit) throw new LandfallError('LF-DEV-102', `a request body is larger than ${bodyLimit} bytes`);
    chunks.push(bytes);
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return { method: incoming.method ?? 'GET', target: incoming.url ?? '/', headers, body: Buffer.concat(chunks) };
}
