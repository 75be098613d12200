import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createNetwork } from '../../oci/index.ts';
import { type ConnectProxy, startConnectProxy } from '../../oci/network/testing/connect-proxy.ts';
import { sendBy } from '../seal/send-by.ts';
import { registryLogins } from './registry-logins.ts';

let proxy: ConnectProxy;
beforeEach(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'example');
  vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
  // It knows nobody: whoever asks it is seen in what it refused.
  proxy = await startConnectProxy({ names: new Map() });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await proxy.close();
});
const network = () => createNetwork({ proxy: { url: `http://${proxy.address}` } });

describe('a command behind a proxy asks by it', () => {
  it('ECR for a login', async () => {
    const login = registryLogins({ network: network() })('123456789012.dkr.ecr.eu-central-1.amazonaws.com');
    await expect(login()).rejects.toMatchObject({ code: expect.stringMatching(/^LF-OCI-/) });
    expect(proxy.refused.join(' ')).toContain('api.ecr.eu-central-1.amazonaws.com:443');
  });

  it('what it asks without a client of the SDK', async () => {
    const url = new URL('https://ram.eu-central-1.amazonaws.com/x');
    const signal = AbortSignal.timeout(5_000);
    await expect(sendBy(network())(url, { method: 'POST', headers: {}, body: '{}', signal })).rejects.toThrow(/403/);
    expect(proxy.refused.join(' ')).toContain('ram.eu-central-1.amazonaws.com:443');
  });
});
