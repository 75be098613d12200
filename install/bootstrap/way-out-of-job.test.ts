import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAuthority } from '../../dev/index.ts';
import { type ConnectProxy, startConnectProxy } from '../../oci/network/testing/connect-proxy.ts';
import { wayOutOfJob } from './way-out-of-job.ts';

let proxy: ConnectProxy;
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lf-job-way-'));
  // It knows nobody: whoever asks it is seen in what it refused.
  proxy = await startConnectProxy({ names: new Map() });
});
afterEach(async () => {
  await proxy.close();
  await rm(dir, { recursive: true });
});

const open = (given: { https: string; except: string }, pem?: string) =>
  wayOutOfJob({
    file: { readText: async () => Promise.resolve(pem ?? ''), ...(pem === undefined ? {} : { extraCaFile: 'ca.pem' }) },
    proxy: given,
    workDir: dir,
  });
const childOf = (wayOut: Awaited<ReturnType<typeof open>>) =>
  wayOut.forEngines({ command: 'tofu', args: [], env: {}, deadlineMs: 1 });

describe('the way out of the job inside the account', () => {
  it('is the proxy for AWS, and none for its cluster, whatever the customer excepts', async () => {
    const { network } = await open({ https: `http://${proxy.address}`, except: '' });
    const connect = network.connect({ timeoutMs: 2_000 });
    const dial = (hostname: string) => connect({ protocol: 'https:', hostname, port: 443 });
    for (const direct of ['0123ABC.gr7.eu-central-1.eks.amazonaws.com', '127.0.0.1']) {
      await expect(dial(direct)).rejects.toThrow(/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|abort|time/i);
      expect(proxy.refused).toEqual([]);
    }
    await expect(dial('eks.eu-central-1.amazonaws.com')).rejects.toThrow(/403/);
    expect(proxy.refused).toEqual(['eks.eu-central-1.amazonaws.com:443 403']);
  });

  it('is told to the engines, with what is never by the proxy; the login is redacted', async () => {
    const https = `http://me:p%40ss@${proxy.address}`;
    const { env, secrets } = childOf(await open({ https, except: '.corp.example' }));
    expect(env).toMatchObject({ HTTPS_PROXY: https });
    expect(String(env?.['NO_PROXY']).split(',')).toEqual(
      expect.arrayContaining(['169.254.0.0/16', '.eks.amazonaws.com', '.corp.example']),
    );
    expect(secrets).toEqual(['p@ss', 'p%40ss']);
  });

  it('believes the customer’s authority beside the public ones, in the engines too', async () => {
    const pem = (await createAuthority(join(dir, 'ca'))).certificatePem;
    const { env } = childOf(await open({ https: '', except: '' }, pem));
    const path = join(dir, 'ca-bundle.pem');
    expect(env).toEqual({ SSL_CERT_FILE: path, AWS_CA_BUNDLE: path });
    const bundle = await readFile(path, 'utf8');
    expect(bundle).toContain(pem.trim());
    expect(bundle.match(/BEGIN CERTIFICATE/g)?.length).toBeGreaterThan(50);
  });

  it('is direct without either', async () => {
    expect(childOf(await open({ https: '', except: '.corp.example' })).env).toEqual({});
  });
});
