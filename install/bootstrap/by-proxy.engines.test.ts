import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireEngines, simulatedCluster } from '../../dev/tools/index.ts';
import { type ConnectProxy, startConnectProxy } from '../../oci/network/testing/connect-proxy.ts';
import { endAsTheRunnerDoes, type JobGround, openJobGround } from './testing/job-ground.ts';
import { startTlsFront, type TlsFront } from './testing/tls-front.ts';

const engines = await requireEngines(...simulatedCluster, 'tofu', 'helm', 'aws-provider', 'moto', 'registry');
const login = { username: 'job', password: 'p@ss word/1' };
/** Where nothing is (RFC 5737): an address, since AWS has its buckets as names below a name. */
const aws = '192.0.2.10';
const vendor = 'registry.inside.test';

// Places that the proxy alone reaches, with certificates that no public authority signed: whoever bypasses either reaches nothing.
describe.skipIf(!engines.available)('the job inside an account whose only way out is a proxy that opens TLS', () => {
  let ground: JobGround;
  let proxy: ConnectProxy;
  let awsFront: TlsFront;
  let vendorFront: TlsFront;
  const by = ({ address }: ConnectProxy): Record<string, string> => ({
    HTTPS_PROXY: `http://${login.username}:${encodeURIComponent(login.password)}@${address}`,
  });
  const said = (lines: readonly string[]): string => lines.slice(-12).join('\n');

  beforeAll(async () => {
    const names = new Map([aws, vendor].map((name) => [name, '127.0.0.1']));
    proxy = await startConnectProxy({ names, login });
    ground = await openJobGround(
      (name) => engines.path(name),
      async ({ cloud, vendorRegistry, ground: { authority } }) => {
        const pairOf = (name: string) => authority.issue({ commonName: name, hosts: [name], usage: 'server' });
        awsFront = await startTlsFront({ url: cloud.endpoint }, await pairOf(aws));
        vendorFront = await startTlsFront(
          { url: `https://${vendorRegistry.host}`, ca: authority.certificatePem },
          await pairOf(vendor),
        );
        return {
          file: { extraCaFile: 'ca.pem', vendorRegistry: { host: `${vendor}:${vendorFront.port}` } },
          env: { AWS_ENDPOINT_URL: `https://${aws}:${awsFront.port}` },
        };
      },
    );
  }, 120_000);
  afterAll(async () => {
    await ground?.close();
    for (const each of [awsFront, vendorFront, proxy]) await each?.close();
  });

  it('fails without the proxy, and by one that refuses it; AWS hears of neither', async () => {
    const without = await ground.build('base');
    expect(without.exitCode).not.toBe(0);
    expect(without.lines.join('\n')).toMatch(/192\.0\.2\.10|timed? ?out|timeout|UNREACH/i);

    const refusing = await startConnectProxy({ names: new Map(), login });
    const refused = await ground.build('base', { env: by(refusing) });
    await refusing.close();
    expect(refused.exitCode).not.toBe(0);
    expect(refused.lines.join('\n')).toMatch(/LF-OCI-040[^\n]*403/);
    expect(refusing.refused.length).toBeGreaterThan(0);
    expect(new Set(refusing.refused)).toEqual(new Set([`${aws}:${awsFront.port} 403`]));
    expect(awsFront.requests).toEqual([]);
  });

  it('makes the base by it: its own calls, OpenTofu’s state and the provider’s resources', async () => {
    const { exitCode, lines } = await ground.build('base', { env: by(proxy) });
    expect(said(lines)).not.toContain('LF-');
    expect(exitCode).toBe(0);
    expect(new Set(proxy.tunnels)).toEqual(new Set([`${aws}:${awsFront.port}`]));
    const agents = awsFront.requests.map(({ userAgent }) => userAgent);
    for (const agent of [/aws-sdk-js/, /OpenTofu|APN\/1\.0 HashiCorp/, /terraform-provider-aws/]) {
      expect(agents).toContainEqual(expect.stringMatching(agent));
    }
  });

  it('hands off by it: from the vendor’s registry, and to the cluster without it', async () => {
    let ended: Promise<void> | undefined;
    // The stand-in takes a cluster token for its own address only.
    const env = { ...by(proxy), AWS_ENDPOINT_URL: ground.world.cloud.endpoint };
    const { exitCode, lines } = await ground.build('hand-off', {
      env,
      onLine: (line) => {
        if (line.includes('holds the lease')) ended ??= endAsTheRunnerDoes(ground.world);
      },
    });
    await ended;
    expect(said(lines)).toMatch(/refused +GET \/api\/v1\/namespaces: 401/);
    expect(exitCode).toBe(0);
    expect(new Set(proxy.tunnels)).toEqual(new Set([`${aws}:${awsFront.port}`, `${vendor}:${vendorFront.port}`]));
    expect(vendorFront.requests.map(({ path }) => path)).toContainEqual(expect.stringContaining('/blobs/sha256:'));
    const text = lines.join('\n');
    for (const secret of [login.password, encodeURIComponent(login.password)]) expect(text).not.toContain(secret);
  });
});
