import { createServer, type IncomingMessage, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, expect, it } from 'vitest';
import { post } from './control-plane.ts';

let server: Server | undefined;
afterEach(() => new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve()))));

type Seen = {
  method?: string | undefined;
  path?: string | undefined;
  authorization?: string | undefined;
  body: string;
};

async function controlPlane(status: number, body: string): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const answer = async (request: IncomingMessage): Promise<void> => {
    const { method, url: path, headers } = request;
    seen.push({ method, path, authorization: headers.authorization, body: await text(request) });
  };
  server = createServer((request, response) => {
    void answer(request).then(() => response.writeHead(status, { connection: 'close' }).end(body));
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');
  return { url: `http://127.0.0.1:${address.port}`, seen };
}

it('sends JSON with the token in a header', async () => {
  const { url, seen } = await controlPlane(201, '{}');
  await post({ url, token: 'lf_pipeline_x' }, '/v1/products/shop/releases', { version: '1.0.0' });
  expect(seen).toEqual([
    {
      method: 'POST',
      path: '/v1/products/shop/releases',
      authorization: 'Bearer lf_pipeline_x',
      body: '{"version":"1.0.0"}',
    },
  ]);
});

it('hands on why the control plane refused, and what to do', async () => {
  const problem = {
    title: 'Conflict',
    status: 409,
    code: 'LF-CONTROL-PLANE-009',
    detail: 'it is another',
    hint: 'do that',
  };
  const { url } = await controlPlane(409, JSON.stringify(problem));
  await expect(post({ url, token: 't' }, '/v1/x', {})).rejects.toMatchObject({
    code: 'LF-RELEASE-008',
    message: 'the control plane answered 409 to POST /v1/x: LF-CONTROL-PLANE-009: it is another',
    hint: 'do that',
    temporary: false,
  });
});

it.each([503, 429])('says that %i may pass', async (status) => {
  const { url } = await controlPlane(status, '<html>busy</html>');
  await expect(post({ url, token: 't' }, '/v1/x', {})).rejects.toMatchObject({
    code: 'LF-RELEASE-008',
    temporary: true,
  });
});

it('says that a control plane that is away may come back', async () => {
  const { url } = await controlPlane(200, '');
  await new Promise((resolve) => server?.close(resolve));
  await expect(post({ url, token: 'hunter2' }, '/v1/x', {})).rejects.toMatchObject({
    code: 'LF-RELEASE-009',
    temporary: true,
    message: expect.not.stringContaining('hunter2'),
  });
});
