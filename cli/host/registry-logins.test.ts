import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createNetwork } from '../../oci/index.ts';
import { registryLogins } from './registry-logins.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'logins-'));
  for (const name of ['REGISTRY_AUTH_FILE', 'XDG_RUNTIME_DIR', 'GOOGLE_APPLICATION_CREDENTIALS'])
    vi.stubEnv(name, undefined);
  vi.stubEnv('XDG_CONFIG_HOME', join(dir, 'config'));
  vi.stubEnv('DOCKER_CONFIG', dir);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true, force: true });
});

const network = createNetwork();
const auths = (user: string): string =>
  JSON.stringify({ auths: { 'r.example': { auth: Buffer.from(`${user}:secret`).toString('base64') } } });
function file(name: string, text: string): string {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
}

describe('the login of a registry', () => {
  it('is Docker’s, before it Podman’s by REGISTRY_AUTH_FILE, before both the file that is named', async () => {
    file('config.json', auths('docker'));
    const user = async (authfile?: string) =>
      (await registryLogins({ network, ...(authfile === undefined ? {} : { authfile }) })('r.example')())?.username;
    expect(await user()).toBe('docker');
    vi.stubEnv('REGISTRY_AUTH_FILE', file('podman.json', auths('podman')));
    expect(await user()).toBe('podman');
    expect(await user(file('named.json', auths('named')))).toBe('named');
  });

  it('is none where nobody has one, and a named file that is missing is told', async () => {
    expect(await registryLogins({ network })('other.example')()).toBeUndefined();
    expect(await registryLogins({ network })('name.azurecr.io')()).toBeUndefined();
    expect(() => registryLogins({ network, authfile: join(dir, 'missing') })).toThrow(
      expect.objectContaining({ code: 'LF-CLI-005' }),
    );
  });

  it('of Google is passed over where its file is of another kind, so that public images are still to be had', async () => {
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', file('google.json', '{"type": "external_account"}'));
    expect(await registryLogins({ network })('gcr.io')()).toBeUndefined();
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', file('broken.json', 'no json'));
    await expect(registryLogins({ network })('europe-docker.pkg.dev')()).rejects.toMatchObject({ code: 'LF-OCI-032' });
  });
});
