import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../contract/index.ts';
import { createAuthority } from '../../dev/index.ts';
import { createProcessRunner } from '../../engines/index.ts';
import { type ConnectProxy, startConnectProxy } from '../../oci/network/testing/connect-proxy.ts';
import { runnerConfigSchema } from '../config.ts';
import { type Dialer, createDialer } from './dialer.ts';
import { type RunnerNetwork, openNetwork } from './network.ts';

const login = { username: 'landfall', password: 'p@ss word/1' };

describe('a runner whose only way out is a proxy with a login', () => {
  let dir: string;
  let caPem: string;
  let server: Server;
  let proxy: ConnectProxy;
  let port: number;
  let learnt: string[];
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lf-runner-network-'));
    const authority = await createAuthority(dir);
    caPem = authority.certificatePem;
    const hosts = ['registry.vendor.test', '127.0.0.1'];
    const pair = await authority.issue({ commonName: 'vendor', hosts, usage: 'server' });
    server = createServer({ cert: pair.certificatePem, key: pair.keyPem }, (_request, response) =>
      response.end('here'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
    proxy = await startConnectProxy({ names: new Map([['registry.vendor.test', '127.0.0.1']]), login });
    await Promise.all([
      writeFile(join(dir, 'username'), `${login.username}\n`),
      writeFile(join(dir, 'password'), login.password),
    ]);
  });
  beforeEach(() => {
    proxy.tunnels.length = 0;
    proxy.refused.length = 0;
    learnt = [];
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await proxy.close();
    await rm(dir, { recursive: true });
  });

  const open = async (changes: { noProxy?: string; credentialsDir?: string } = {}): Promise<RunnerNetwork> =>
    openNetwork({
      config: {
        proxy: { https: `http://${proxy.address}`, noProxy: '', credentialsDir: dir, ...changes },
        extraCaPem: caPem,
        workDir: dir,
      },
      apiServerHost: '10.100.0.1',
      learn: (secret) => learnt.push(secret),
    });
  const get = async (dialer: Dialer, host: string, rule: { direct?: true; caPem?: string } = {}): Promise<number> => {
    const hosts = [`registry.vendor.test:${port}`, `127.0.0.1:${port}`];
    const dispatcher = dialer.to({ name: 'it', hosts, ...rule });
    try {
      return (await dispatcher.request({ origin: `https://${host}:${port}`, path: '/', method: 'GET' })).statusCode;
    } finally {
      await dialer.close();
    }
  };

  it('reaches the vendor through it', async () => {
    expect(await get(createDialer(await open()), 'registry.vendor.test')).toBe(200);
    expect(proxy.tunnels).toEqual([`registry.vendor.test:${port}`]);
    expect(learnt).toContain(login.password);
  });

  it('does not reach the vendor without it', async () => {
    await expect(get(createDialer(), 'registry.vendor.test', { caPem })).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  it('holds the rule against the host that is wanted, before the proxy hears of it', async () => {
    const dialer = createDialer(await open());
    await expect(get(dialer, 'metadata.inside.test')).rejects.toMatchObject({ code: 'LF-RUNNER-060' });
    expect([...proxy.tunnels, ...proxy.refused]).toEqual([]);
  });

  it('with the guard off asks the proxy for any host', async () => {
    const dialer = createDialer({ ...(await open()), guard: false });
    await expect(get(dialer, 'metadata.inside.test')).rejects.toMatchObject({ code: 'LF-OCI-040' });
    expect(proxy.refused).toEqual([`metadata.inside.test:${port} 403`]);
  });

  it('reaches the API server without it', async () => {
    const dialer = createDialer(await open());
    await expect(get(dialer, 'registry.vendor.test', { direct: true, caPem })).rejects.toThrow(/ENOTFOUND/);
    expect([...proxy.tunnels, ...proxy.refused]).toEqual([]);
  });

  it('reaches what the customer excepts without it', async () => {
    const dialer = createDialer(await open({ noProxy: '.vendor.test' }));
    await expect(get(dialer, 'registry.vendor.test')).rejects.toThrow(/ENOTFOUND/);
    expect(proxy.refused).toEqual([]);
  });

  it('says so when the login cannot be read', async () => {
    const dialer = createDialer(await open({ credentialsDir: join(dir, 'nowhere') }));
    const attempt = get(dialer, 'registry.vendor.test');
    await expect(attempt).rejects.toMatchObject({ code: 'LF-RUNNER-090', temporary: true });
  });

  it('gives a child the proxy, its login, what is reached without it, and one file of authorities; no line tells the login', async () => {
    const runProcess = createProcessRunner({ clock: systemClock });
    const lines: string[] = [];
    const script = 'for (const [k, v] of Object.entries(process.env)) console.log(k + "=" + v)';
    const request = {
      command: process.execPath,
      args: ['-e', script],
      env: { OWN: 'kept' },
      deadlineMs: 30_000,
      onLine: ({ text }: { text: string }) => void lines.push(text),
    };
    const network = await open({ noProxy: '.corp.test' });
    const { stdout } = await network.through(runProcess)({ ...request, captureStdoutBytes: 10_000 });
    const env = Object.fromEntries(stdout.split('\n').map((line) => line.split(/=(.*)/s).slice(0, 2)));
    expect(env).toMatchObject({
      OWN: 'kept',
      HTTPS_PROXY: `http://landfall:p%40ss%20word%2F1@${proxy.address}`,
      SSL_CERT_FILE: join(dir, 'ca-bundle.pem'),
      AWS_CA_BUNDLE: join(dir, 'ca-bundle.pem'),
    });
    expect(String(env['NO_PROXY']).split(',')).toEqual(
      expect.arrayContaining(['169.254.0.0/16', 'fd00:ec2::23', '10.100.0.1', '.svc', '.corp.test']),
    );
    const bundle = await readFile(join(dir, 'ca-bundle.pem'), 'utf8');
    expect(bundle).toContain(caPem.trim());
    expect(bundle.match(/BEGIN CERTIFICATE/g)?.length).toBeGreaterThan(50);

    await network.through(runProcess)(request);
    const told = lines.join('\n');
    expect(told).toContain('HTTPS_PROXY=');
    for (const secret of [login.password, encodeURIComponent(login.password)]) expect(told).not.toContain(secret);
    lines.length = 0;
    await runProcess({ ...request, env: { HTTPS_PROXY: String(env['HTTPS_PROXY']) } });
    expect(lines.join('\n')).toContain(encodeURIComponent(login.password));
  });

  it('refuses a login in the configuration, which is no Secret', () => {
    const { proxy: schema } = runnerConfigSchema.shape;
    expect(schema.parse({ https: 'http://proxy.test:3128' })).toEqual({
      https: 'http://proxy.test:3128',
      noProxy: '',
      credentialsDir: '',
    });
    for (const https of ['http://user:word@proxy.test:3128', 'socks5://proxy.test', 'proxy']) {
      expect(schema.safeParse({ https }).success).toBe(false);
    }
  });
});
