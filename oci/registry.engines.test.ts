import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../contract/index.ts';
import { requireEngines } from '../dev/index.ts';
import { directoryEntries } from './archive/entries.ts';
import { extractTar } from './archive/extract-tar.ts';
import { writeTar } from './archive/write-tar.ts';
import { packArtifact, packIndex } from './artifact.ts';
import { registryStore } from './copy/content-store.ts';
import { copyArtifact } from './copy/copy-artifact.ts';
import { createLayout } from './layout/layout.ts';
import { mediaTypes } from './media-types.ts';
import { createRegistryClient, type RegistryClient } from './registry/client.ts';

const engines = await requireEngines('registry');

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe.skipIf(!engines.available)('a real registry (CNCF distribution)', () => {
  const dir = mkdtempSync(join(tmpdir(), 'registry-engine-'));
  let client: RegistryClient;
  let child: ChildProcess;

  beforeAll(async () => {
    const port = await freePort();
    const config = join(dir, 'config.yml');
    const storage = `storage: { filesystem: { rootdirectory: "${dir}/storage" }, delete: { enabled: true } }`;
    writeFileSync(config, `version: 0.1\nlog: { level: error }\n${storage}\nhttp: { addr: "127.0.0.1:${port}" }\n`);
    child = spawn(engines.path('registry'), ['serve', config], { stdio: 'ignore' });
    client = createRegistryClient({ host: `127.0.0.1:${port}`, plainHttp: true });
    // The client's own retries wait until it listens.
    await client.headManifest('none', 'none');
  });
  afterAll(async () => {
    await client.close();
    child.kill('SIGKILL');
  });

  it('takes a folder as an artifact from a layout and gives it back, over two repositories, with mounts', async () => {
    const tree = join(import.meta.dirname, 'archive');
    const layer = await writeTar(join(dir, 'layer.tgz'), await directoryEntries(tree));
    const artifact = await packArtifact({
      artifactType: 'application/vnd.landfall.test',
      layers: [
        { mediaType: mediaTypes.layerTarGzip, path: layer.path },
        { mediaType: 'text/plain', bytes: new Uint8Array() },
      ],
    });
    const { digest } = artifact.descriptor;
    const layout = await createLayout(join(dir, 'layout'));
    await copyArtifact({ from: artifact, to: layout, digest, tag: true });
    const [one, two] = [registryStore(client, 'shop/one'), registryStore(client, 'shop/two')];
    expect(await copyArtifact({ from: layout, to: one, digest, tag: '1.0.0' })).toMatchObject({ copied: 4 });
    const outcomes: string[] = [];
    await copyArtifact({ from: one, to: two, digest, tag: true, onProgress: ({ outcome }) => outcomes.push(outcome) });
    expect(outcomes.toSorted()).toEqual(['copied', 'mounted', 'mounted', 'mounted']);
    expect(await client.listTags('shop/one')).toContain('1.0.0');
    expect(await copyArtifact({ from: one, to: two, digest, tag: true })).toMatchObject({ copied: 0 });

    const out = join(dir, 'out');
    await extractTar(await client.getBlob('shop/two', { digest: layer.digest, size: layer.size }), out);
    const again = await writeTar(join(dir, 'again.tgz'), await directoryEntries(out));
    expect(again.digest).toBe(layer.digest);
  });

  it('streams a large blob without holding it', async () => {
    const size = 256 * 1024 * 1024;
    const path = join(dir, 'large');
    writeFileSync(path, Buffer.alloc(size, 'landfall'));
    const artifact = await packArtifact({ layers: [{ mediaType: 'application/octet-stream', path }] });
    const { digest } = artifact.descriptor;
    const target = createRegistryClient({ host: client.host, plainHttp: true });
    const before = process.memoryUsage().rss;
    let peak = before;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 20);
    await copyArtifact({ from: artifact, to: registryStore(client, 'large/one'), digest });
    // Another client is another registry to us: read and written, not mounted.
    await copyArtifact({ from: registryStore(client, 'large/one'), to: registryStore(target, 'large/two'), digest });
    clearInterval(watch);
    await target.close();
    expect(peak - before).toBeLessThan(128 * 1024 * 1024);
    expect(await client.blobExists('large/two', artifact.layers[0]?.digest ?? sha256(''))).toBe(true);
  });

  it('does not take an index without its children: what our copies rely on', async () => {
    const child = await packArtifact({ layers: [] });
    const index = packIndex({ manifests: [{ artifact: child }] });
    await expect(client.putManifest('sparse', index.manifest)).rejects.toThrow(/MANIFEST_BLOB_UNKNOWN/);
    await copyArtifact({ from: index, to: registryStore(client, 'sparse'), digest: index.descriptor.digest });
  });
});
