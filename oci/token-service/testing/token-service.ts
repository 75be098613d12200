import { createServer, type IncomingMessage } from 'node:http';

export type TokenQuestion = {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  form: URLSearchParams;
};
export type TokenAnswer = { status?: number; body: unknown; headers?: Record<string, string> };

/** A token service on loopback that answers as the test says and keeps what it was asked. */
export async function startTokenService(
  answer: (question: TokenQuestion) => TokenAnswer,
): Promise<{ host: string; url: string; asked: TokenQuestion[]; stop: () => Promise<void> }> {
  const asked: TokenQuestion[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://unused');
      const form = new URLSearchParams(Buffer.concat(chunks).toString());
      const { method = '', headers } = request;
      const question = { method, path: url.pathname, query: url.searchParams, headers, form };
      asked.push(question);
      const { status = 200, body, headers: more = {} } = answer(question);
      response.writeHead(status, { 'content-type': 'application/json', ...more });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const host = `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  return {
    host,
    url: `http://${host}`,
    asked,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
