import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../dev/index.ts';
import type { ProcessRequest } from '../engines/index.ts';
import { createNetwork } from '../oci/index.ts';
import { type ConnectProxy, startConnectProxy } from '../oci/network/testing/connect-proxy.ts';
import { createClusterApi } from './cluster/cluster-api.ts';
import { clientOptions } from './identity.ts';
import { byWayOut, openWayOut, type WayOut } from './way-out.ts';

const login = { username: 'admin', password: 'p@ss word/1' };
const identity = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::123456789012:role/x</Arn><UserId>A</UserId><Account>123456789012</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>`;

describe('an install from a machine whose only way out is a proxy', () => {
  let dir: string;
  let server: Server;
  let proxy: ConnectProxy;
  let port: number;
  let ca: string;
  let other: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lf-way-out-'));
    const authority = await createAuthority(dir);
    ca = authority.certificatePem;
    other = (await createAuthority(join(dir, 'other'))).certificatePem;
    const pair = await authority.issue({ commonName: 'aws', hosts: ['aws.inside.test'], usage: 'server' });
    server = createServer({ cert: pair.certificatePem, key: pair.keyPem }, (request, response) => {
      response.setHeader('content-type', request.method === 'POST' ? 'text/xml' : 'application/json');
      response.end(request.method === 'POST' ? identity : '{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
    proxy = await startConnectProxy({ names: new Map([['aws.inside.test', '127.0.0.1']]), login });
  }, 60_000);
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await proxy.close();
    await rm(dir, { recursive: true });
  });

  const url = (): string => `http://admin:${encodeURIComponent(login.password)}@${proxy.address}`;
  const open = async (believed: string): Promise<WayOut> =>
    openWayOut({
      network: createNetwork({ proxy: { url: url() }, ca: believed }),
      proxy: url(),
      forEngines: { HTTPS_PROXY: url(), NO_PROXY: '.corp.test' },
    });
  const ask = async (wayOut?: WayOut): Promise<string | undefined> => {
    const context = { awsEndpointUrl: `https://aws.inside.test:${port}`, ...(wayOut === undefined ? {} : { wayOut }) };
    const key = { accessKeyId: 'AKIA', secretAccessKey: 'x' };
    const sts = new STSClient({ ...clientOptions(context, 'eu-central-1', key), maxAttempts: 1 });
    return sts
      .send(new GetCallerIdentityCommand({}))
      .then(
        ({ Account }) => Account,
        (error: unknown) => (error instanceof Error ? error.message : ''),
      )
      .finally(() => sts.destroy());
  };

  it('reaches AWS through it, and not without it', async () => {
    expect(await ask(await open(ca))).toBe('123456789012');
    expect(proxy.tunnels).toEqual([`aws.inside.test:${port}`]);
    expect(await ask()).toMatch(/ENOTFOUND/);
    expect(await ask(await open(''))).toMatch(/certificate/);
  });

  it('reaches the cluster through it, and believes the cluster’s own authority alone there', async () => {
    const endpoint = `https://aws.inside.test:${port}`;
    const look = async (clusterCa: string, believed: string): Promise<number> => {
      const api = createClusterApi(
        { endpoint, ca: clusterCa },
        async () => Promise.resolve('token'),
        await open(believed),
      );
      return api
        .ask('GET', '/version')
        .then(({ status }) => status)
        .finally(() => {
          void api.close();
        });
    };
    expect(await look(ca, '')).toBe(200);
    await expect(look(other, ca)).rejects.toMatchObject({ code: 'LF-INSTALL-008' });
  });

  it('gives the engines the variables, keeps their own, and has the login redacted', async () => {
    const requests: ProcessRequest[] = [];
    const runProcess = byWayOut(
      async (request) => {
        requests.push(request);
        return Promise.resolve({ exitCode: 0, stdout: '', tail: [], durationMs: 0 });
      },
      await open(ca),
    );
    await runProcess({ command: 'tofu', args: [], env: { NO_PROXY: 'own' }, deadlineMs: 1, secrets: ['one'] });
    expect(requests).toMatchObject([{ env: { HTTPS_PROXY: url(), NO_PROXY: 'own' } }]);
    expect(requests[0]?.secrets).toEqual(['one', login.password, encodeURIComponent(login.password)]);
  });
});
