import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Agent, request } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Authority, createAuthority } from './authority.ts';
import { freePorts } from './free-port.ts';
import { type FrontDecision, type FrontRequest, type RegistryFront, startRegistryFront } from './registry-front.ts';

describe('the front of a registry', () => {
  let dir: string;
  let authority: Authority;
  let behind: Server;
  let front: RegistryFront;
  let dispatcher: Agent;
  let decide: (request: FrontRequest) => FrontDecision | Promise<FrontDecision>;
  let seen: {
    method: string;
    url: string;
    host: string;
    proto: string;
    authorization: string | undefined;
    body: string;
  }[];

  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { host = '', authorization } = incoming.headers;
    const proto = String(incoming.headers['x-forwarded-proto']);
    const body = await text(incoming);
    seen.push({ method: incoming.method ?? '', url: incoming.url ?? '', host, proto, authorization, body });
    outgoing.writeHead(201, { 'docker-content-digest': 'sha256:1' }).end('made');
  };

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lf-front-'));
    authority = await createAuthority(dir);
    const [port] = await freePorts('127.0.0.1', 1);
    behind = createServer((incoming, outgoing) => void answer(incoming, outgoing)).listen(port, '127.0.0.1');
    seen = [];
    decide = () => ({ allow: true });
    front = await startRegistryFront({
      address: '127.0.0.1',
      certificate: await authority.issue({ commonName: 'front', hosts: ['127.0.0.1'], usage: 'server' }),
      upstream: { host: '127.0.0.1', port: port ?? 0 },
      authorize: (given) => decide(given),
    });
    dispatcher = new Agent({ connect: { ca: authority.certificatePem } });
  });
  afterEach(async () => {
    await dispatcher.destroy();
    await front.stop();
    behind.close();
    await rm(dir, { recursive: true });
  });

  const put = (path: string, body = 'manifest') =>
    request(`https://${front.host}${path}`, {
      dispatcher,
      method: 'PUT',
      body,
      headers: { authorization: `Basic ${btoa('me:se:cret')}` },
    });

  it('passes on what is allowed, with its body, its Host and without the password', async () => {
    const response = await put('/v2/a/b/manifests/1?x=y');
    expect([response.statusCode, await response.body.text()]).toEqual([201, 'made']);
    expect(response.headers['docker-content-digest']).toBe('sha256:1');
    expect(seen).toEqual([
      {
        method: 'PUT',
        url: '/v2/a/b/manifests/1?x=y',
        host: front.host,
        proto: 'https',
        authorization: undefined,
        body: 'manifest',
      },
    ]);
  });

  it('shows who asks for what, and the body, before anything is passed on', async () => {
    const shown: unknown[] = [];
    decide = async (given) => {
      shown.push(given.credentials, given.action, (await given.body()).toString());
      return { allow: true };
    };
    await put('/v2/a/b/manifests/1');
    expect(shown).toEqual([
      { username: 'me', password: 'se:cret' },
      { kind: 'manifest', repository: 'a/b', reference: '1' },
      'manifest',
    ]);
    expect(seen[0]?.body).toBe('manifest');
  });

  it('refuses with a challenge or with an error of the registry, and nothing is passed on', async () => {
    decide = () => ({ allow: false, challenge: 'realm' });
    const challenged = await put('/v2/');
    expect([challenged.statusCode, challenged.headers['www-authenticate']]).toEqual([401, 'Basic realm="realm"']);
    decide = () => ({ allow: false, status: 404, code: 'NAME_UNKNOWN', message: 'no such repository' });
    const refused = await put('/v2/a/manifests/1');
    expect(refused.statusCode).toBe(404);
    expect(await refused.body.json()).toEqual({ errors: [{ code: 'NAME_UNKNOWN', message: 'no such repository' }] });
    expect(seen).toEqual([]);
  });

  it('records every request with its answer, refused ones too', async () => {
    await (await put('/v2/a/manifests/1')).body.text();
    decide = () => ({ allow: false, challenge: 'realm' });
    await (await put('/v2/')).body.text();
    expect(front.requests().map(({ method, path, status, username }) => [method, path, status, username])).toEqual([
      ['PUT', '/v2/a/manifests/1', 201, 'me'],
      ['PUT', '/v2/', 401, 'me'],
    ]);
  });

  it('says that the registry behind is away', async () => {
    behind.closeAllConnections();
    await new Promise((resolve) => behind.close(resolve));
    expect((await put('/v2/a/manifests/1')).statusCode).toBe(502);
  });
});
