import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Component, type EntityType, generateKeyPair, localSigner, sha256 } from '../../contract/index.ts';
import { createRegistryClient, parseManifest, registryStore } from '../../oci/index.ts';
import { publishRelease } from '../../release/index.ts';
import { requireEngines } from '../tools/index.ts';
import { type Ground, openGround, type Registry, startRegistry } from '../world/index.ts';
import { buildStreamingRelease, streamingVersions } from './index.ts';

const engines = await requireEngines('helm', 'tofu', 'nats', 'aws-provider', 'registry');
const signer = localSigner(generateKeyPair().privateKeyPem);
const say = (): void => undefined;

describe.skipIf(!engines.available)('the releases of examples/streaming', () => {
  let dir: string;
  let ground: Ground;
  let registry: Registry;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'landfall-streaming-'));
    ground = await openGround({ say, nodes: 'kwok' });
    registry = await startRegistry(ground, { name: 'vendor' });
  });
  afterAll(async () => {
    await ground?.close();
    await rm(dir, { recursive: true, force: true });
  });

  const client = () =>
    createRegistryClient({
      host: registry.host,
      ca: ground.authority.certificatePem,
      credentials: () => Promise.resolve({ username: registry.username, password: registry.password }),
    });

  it('are the same bytes when they are built twice', async () => {
    for (const version of streamingVersions) {
      const first = await buildStreamingRelease(version, { say, signer, outDir: join(dir, 'one') });
      const second = await buildStreamingRelease(version, { say, signer, outDir: join(dir, 'two') });
      expect(second.digest).toBe(first.digest);
    }
    const blobs = (await readdir(join(dir, 'one/blobs/sha256'))).sort();
    expect((await readdir(join(dir, 'two/blobs/sha256'))).sort()).toEqual(blobs);
    for (const blob of blobs) {
      expect(sha256(await readFile(join(dir, 'two/blobs/sha256', blob)))).toBe(`sha256:${blob}`);
    }
  });

  it('differ in image, chart and module where they should, and share what they can', async () => {
    const built: Component[][] = [];
    for (const version of streamingVersions) {
      built.push((await buildStreamingRelease(version, { say, signer, outDir: join(dir, 'one') })).release.components);
    }
    const digestsOf = (name: string): string[] =>
      built.map((components) => {
        const found = components.find((component) => component.name === name);
        if (found?.kind === 'helm') return found.chart.digest;
        return found?.kind === 'terraform' ? found.module.digest : '';
      });
    expect(new Set(digestsOf('gateway')).size).toBe(3);
    expect(new Set(digestsOf('bucket')).size).toBe(2);
    expect(new Set(digestsOf('broker')).size).toBe(1);
    const gateway = built[0]?.find((component) => component.name === 'gateway');
    expect(gateway?.kind === 'helm' ? gateway.images.map(({ reference }) => reference) : []).toEqual([
      'streaming.example/gateway:1.0.0',
      'streaming.example/migrate:1.0.0',
    ]);
  });

  it('bring the same four types of entities, each with the one image of its own version', async () => {
    const types: (readonly EntityType[])[] = [];
    for (const version of streamingVersions) {
      const { release } = await buildStreamingRelease(version, { say, signer, outDir: join(dir, 'one') });
      types.push(release.entityTypes ?? []);
    }
    const [first, ...later] = types;
    expect(
      first?.map(({ name, components, cleanup }) => [name, components.map(({ kind }) => kind), cleanup !== undefined]),
    ).toEqual([
      ['dataConnectors', ['secret'], false],
      ['streams', ['manifests', 'job', 'manifests'], false],
      ['batchJobs', ['job'], false],
      ['batchExporters', ['manifests'], true],
    ]);
    const images = (first ?? [])
      .flatMap(({ components, cleanup }) => [...components, ...(cleanup === undefined ? [] : [cleanup])])
      .flatMap((member) => ('images' in member ? member.images : []));
    expect(new Set(images.map(({ reference }) => reference))).toEqual(new Set(['streaming.example/streams:1.0.0']));
    // No release so far touches an entity.
    for (const each of later) expect(each).toEqual(first);
  });

  it('are pushed once: a publish that was cut goes on, and a second one sends nothing', async () => {
    const { digest } = await buildStreamingRelease('1.0.0', { say, signer, outDir: join(dir, 'one') });
    const to = client();
    const publish = (options: { signal?: AbortSignal; say?: (line: string) => void } = {}) =>
      publishRelease({
        layoutDir: join(dir, 'one'),
        product: 'streaming',
        version: '1.0.0',
        registry: to,
        say,
        ...options,
      });
    const cut = new AbortController();
    await expect(publish({ signal: cut.signal, say: () => cut.abort() })).rejects.toMatchObject({ code: 'LF-OCI-014' });
    expect(await registryStore(to, 'streaming/releases').resolve('1.0.0')).toBeUndefined();
    expect(await publish()).toMatchObject({ repository: 'streaming/releases', digest });
    expect(await registryStore(to, 'streaming/releases').resolve('1.0.0')).toBe(digest);
    expect(await publish()).toMatchObject({ bytesCopied: 0 });
    await to.close();
  });

  it('never change once they are published: the same version with other content is refused', async () => {
    const to = client();
    const before = await registryStore(to, 'streaming/releases').resolve('1.0.0');
    const outDir = join(dir, 'other');
    const other = localSigner(generateKeyPair().privateKeyPem);
    await buildStreamingRelease('1.0.0', { say, signer: other, outDir });
    const options = { layoutDir: outDir, product: 'streaming', version: '1.0.0', registry: to, say };
    await expect(publishRelease(options)).rejects.toMatchObject({ code: 'LF-RELEASE-012' });
    expect(await registryStore(to, 'streaming/releases').resolve('1.0.0')).toBe(before);
    await to.close();
  });

  it('name a provider that OpenTofu itself would find in the registry', async () => {
    const to = client();
    const manifest = await registryStore(to, 'streaming/providers/hashicorp/aws').getManifest('5.100.0');
    expect(parseManifest(manifest)).toMatchObject({
      kind: 'index',
      index: {
        artifactType: 'application/vnd.opentofu.provider',
        manifests: [
          {
            artifactType: 'application/vnd.opentofu.provider-target',
            platform: { os: 'linux', architecture: 'amd64' },
          },
        ],
      },
    });
    await to.close();
  });
});
