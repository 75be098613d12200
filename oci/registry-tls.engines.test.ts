import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../contract/index.ts';
import { type Ground, openGround, type Registry, requireEngines, startRegistry } from '../dev/index.ts';
import { packArtifact } from './artifact.ts';
import { registryStore } from './copy/content-store.ts';
import { copyArtifact } from './copy/copy-artifact.ts';
import { createRegistryClient, type RegistryClientOptions } from './registry/client.ts';

const engines = await requireEngines('registry');

describe.skipIf(!engines.available)('a registry with TLS and a password', () => {
  let ground: Ground;
  let registry: Registry;
  beforeAll(async () => {
    ground = await openGround({ nodes: 'kwok', say: () => undefined });
    registry = await startRegistry(ground, { name: 'vendor' });
  });
  afterAll(() => ground.close());

  const clientOf = (more: Partial<RegistryClientOptions> = {}) =>
    createRegistryClient({
      host: registry.host,
      ca: ground.authority.certificatePem,
      credentials: async () => ({ username: registry.username, password: registry.password }),
      ...more,
    });

  it('takes and gives an artifact', async () => {
    const artifact = await packArtifact({ layers: [{ mediaType: 'text/plain', bytes: Buffer.from('hello') }] });
    const { digest } = artifact.descriptor;
    const client = clientOf();
    await copyArtifact({ from: artifact, to: registryStore(client, 'shop/app'), digest, tag: 'v1' });
    expect(await client.getManifest('shop/app', 'v1')).toMatchObject({ digest });
    await client.close();
  });

  it('is not trusted without its authority, and that is not tried again and again', async () => {
    let pauses = 0;
    const clock = { ...systemClock, sleep: async () => void pauses++ };
    const stranger = createRegistryClient({ host: registry.host, clock });
    await expect(stranger.listTags('shop/app')).rejects.toMatchObject({ code: 'LF-OCI-002', temporary: false });
    expect(pauses).toBe(0);
    await stranger.close();
  });

  it('refuses a wrong password and no password', async () => {
    const wrong = clientOf({ credentials: async () => ({ username: registry.username, password: 'wrong' }) });
    await expect(wrong.listTags('shop/app')).rejects.toMatchObject({ code: 'LF-OCI-003' });
    await wrong.close();
    const none = clientOf({ credentials: async () => undefined });
    await expect(none.listTags('shop/app')).rejects.toThrow(/wants credentials/);
    await none.close();
  });
});
