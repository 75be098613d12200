import { mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import { createServer as createPlainServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Agent } from 'undici';
import { createAuthority } from '../../dev/index.ts';
import { createNetwork, type NetworkOptions, undiciConnector } from './network.ts';
import { type ConnectProxy, type ConnectProxyOptions, startConnectProxy } from './testing/connect-proxy.ts';

const login = { username: 'landfall', password: 'p@ss:word/1' };

describe('the way out by a proxy', () => {
  let dir: string;
  let authority: Awaited<ReturnType<typeof createAuthority>>;
  let server: Server;
  let port: number;
  const open: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lf-network-'));
    authority = await createAuthority(dir);
    const hosts = ['registry.inside.test', '127.0.0.1'];
    const pair = await authority.issue({ commonName: 'registry', hosts, usage: 'server' });
    server = createServer({ cert: pair.certificatePem, key: pair.keyPem }, (_request, response) =>
      response.end('here'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
  });
  afterEach(async () => {
    for (const close of open.splice(0)) await close();
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await rm(dir, { recursive: true });
  });

  const proxyWith = async (more: Partial<ConnectProxyOptions> = {}): Promise<ConnectProxy> => {
    const proxy = await startConnectProxy({ names: new Map([['registry.inside.test', '127.0.0.1']]), ...more });
    open.push(() => proxy.close());
    return proxy;
  };
  const get = async (options: NetworkOptions, host = `registry.inside.test:${port}`): Promise<string> => {
    const agent = new Agent({ connect: undiciConnector(createNetwork(options).connect()) });
    open.push(() => agent.destroy());
    const response = await agent.request({ origin: `https://${host}`, path: '/', method: 'GET' });
    return response.body.text();
  };
  const ca = (): { ca: string } => ({ ca: authority.certificatePem });
  const by = (proxy: ConnectProxy, userinfo = ''): { proxy: { url: string } } => ({
    proxy: { url: `http://${userinfo}${proxy.address}` },
  });

  it('reaches a name that only the proxy resolves, with a certificate of the customer’s own authority', async () => {
    const proxy = await proxyWith();
    expect(await get({ ...ca(), ...by(proxy) })).toBe('here');
    expect(proxy.tunnels).toEqual([`registry.inside.test:${port}`]);
  });

  it('does not reach it without the proxy', async () => {
    await expect(get(ca())).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  it('does not believe the certificate without the authority, and looks at the name in it', async () => {
    const proxy = await proxyWith({
      names: new Map([
        ['registry.inside.test', '127.0.0.1'],
        ['other.test', '127.0.0.1'],
      ]),
    });
    await expect(get(by(proxy))).rejects.toThrow(/certificate/);
    await expect(get({ ...ca(), ...by(proxy) }, `other.test:${port}`)).rejects.toThrow(/altnames/);
    expect(proxy.tunnels).toHaveLength(2);
  });

  it('logs in at the proxy, by the URL or by what is asked before each tunnel', async () => {
    const proxy = await proxyWith({ login });
    const userinfo = `${login.username}:${encodeURIComponent(login.password)}@`;
    expect(await get({ ...ca(), ...by(proxy, userinfo) })).toBe('here');
    let now = login;
    const url = `http://${proxy.address}`;
    const options = { ...ca(), proxy: { url, credentials: async () => Promise.resolve(now) } };
    const connect = createNetwork(options).connect();
    const target = { protocol: 'https:' as const, hostname: 'registry.inside.test', port };
    (await connect(target)).destroy();
    const next = { username: 'landfall', password: 'another-one' };
    proxy.setLogin(next);
    await expect(connect(target)).rejects.toMatchObject({ code: 'LF-OCI-040', temporary: true });
    now = next;
    (await connect(target)).destroy();
    expect(proxy.tunnels).toHaveLength(3);
  });

  it('says what the proxy refused, and never the login', async () => {
    const proxy = await proxyWith({ login });
    const wrong = await get({ ...ca(), ...by(proxy, 'landfall:wrong-word@') }).catch((error: unknown) => error);
    expect(wrong).toMatchObject({
      code: 'LF-OCI-040',
      message: `the proxy ${proxy.address} gave no connection to registry.inside.test:${port}: it refused the login (407)`,
    });
    expect(JSON.stringify(wrong, Object.getOwnPropertyNames(wrong))).not.toContain('wrong-word');
    await expect(get({ ...ca(), ...by(proxy) })).rejects.toThrow(/it wants a login \(407\)/);
    proxy.setLogin(undefined);
    await expect(get({ ...ca(), ...by(proxy) }, 'elsewhere.test')).rejects.toThrow(/it answered 403/);
  });

  it('believes one authority alone where that is asked for', async () => {
    const target = { protocol: 'https:' as const, hostname: '127.0.0.1', port };
    (await createNetwork().connect({ onlyCa: authority.certificatePem })(target)).destroy();
    const other = await createAuthority(join(dir, 'other'));
    const connecting = createNetwork(ca()).connect({ onlyCa: other.certificatePem })(target);
    await expect(connecting).rejects.toThrow(/certificate/);
  });

  it('speaks TLS to the proxy where its address says so', async () => {
    const tls = await authority.issue({ commonName: 'proxy', hosts: ['127.0.0.1'], usage: 'server' });
    const proxy = await proxyWith({ tls });
    const url = `https://${proxy.address}`;
    expect(await get({ ...ca(), proxy: { url } })).toBe('here');
    await expect(get({ proxy: { url } })).rejects.toMatchObject({ code: 'LF-OCI-040' });
    expect(proxy.tunnels).toHaveLength(1);
  });

  it('goes past the proxy to what NO_PROXY names', async () => {
    const proxy = await proxyWith();
    const noProxy = '192.0.2.1,registry.inside.test';
    const direct = { ...ca(), proxy: { url: `http://${proxy.address}`, noProxy } };
    await expect(get(direct)).rejects.toMatchObject({ code: 'ENOTFOUND' });
    expect(await get({ ...ca(), ...by(proxy) }, `127.0.0.1:${port}`)).toBe('here');
    expect(proxy.tunnels).toEqual([]);
  });

  it('has no addresses for a name of the proxy’s, and says of others that they are not resolved', async () => {
    const proxy = await proxyWith();
    const lookup = async (): Promise<never> => Promise.reject(new Error('ENOTFOUND'));
    const network = createNetwork({ proxy: { ...by(proxy).proxy, noProxy: '.svc' }, lookup });
    expect(await network.lookup('registry.inside.test')).toEqual([]);
    await expect(network.lookup('own.svc')).rejects.toThrow('ENOTFOUND');
    const known = createNetwork({ ...by(proxy), lookup: async () => Promise.resolve(['10.0.0.1']) });
    expect(await known.lookup('registry.inside.test')).toEqual(['10.0.0.1']);
  });

  it('ends when its caller does, also while the proxy says nothing', async () => {
    const mute = createPlainServer();
    const asked = once(mute, 'connection').then(async ([socket]: Socket[]) => socket && once(socket, 'data'));
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const address = mute.address();
    const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
    const caller = new AbortController();
    const target = { protocol: 'https:' as const, hostname: 'registry.inside.test', port };
    const connecting = createNetwork({ proxy: { url } }).connect()(target, caller.signal);
    await asked;
    caller.abort();
    await expect(connecting).rejects.toMatchObject({ code: 'LF-OCI-040' });
    mute.close();
  });

  it.each(['', 'ftp://proxy.test', 'http://'])('refuses %j as a proxy without repeating it', (url) => {
    expect(() => createNetwork({ proxy: { url } })).toThrow(expect.objectContaining({ code: 'LF-OCI-041' }));
  });

  it('takes a proxy without a scheme', async () => {
    const proxy = await proxyWith();
    expect(await get({ ...ca(), proxy: { url: proxy.address } })).toBe('here');
  });
});
