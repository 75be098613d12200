import { mkdtempSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../contract/index.ts';
import { packArtifact, type PackedArtifact, packIndex } from '../artifact.ts';
import { createLayout, openLayout } from '../layout/layout.ts';
import { rawManifest } from '../manifest.ts';
import { mediaTypes } from '../media-types.ts';
import { createRegistryClient } from '../registry/client.ts';
import { type FakeRegistry, refuse, startFakeRegistry } from '../testing/fake-registry.ts';
import { registryStore } from './content-store.ts';
import { copyArtifact } from './copy-artifact.ts';
import { immutableTag } from './immutable-tag.ts';

let registry: FakeRegistry;
beforeEach(async () => {
  registry = await startFakeRegistry();
});
afterEach(() => registry.stop());

const noWait = { now: () => new Date(), sleep: async () => undefined };
const client = () => createRegistryClient({ host: registry.host, plainHttp: true, clock: noWait });
const store = (repository = 'shop/gateway') => registryStore(client(), repository);
const image = (text: string): Promise<PackedArtifact> =>
  packArtifact({
    config: { mediaType: mediaTypes.imageConfig, bytes: Buffer.from(JSON.stringify({ text })) },
    layers: [
      { mediaType: mediaTypes.layerTarGzip, bytes: Buffer.from(`layer of ${text}`) },
      { mediaType: mediaTypes.layerTarGzip, bytes: Buffer.from('shared layer') },
    ],
  });
const multi = async () => {
  const [amd64, arm64] = [await image('amd64'), await image('arm64')];
  const index = packIndex({
    manifests: [
      { artifact: amd64, platform: { os: 'linux', architecture: 'amd64' } },
      { artifact: arm64, platform: { os: 'linux', architecture: 'arm64' } },
    ],
  });
  return { index, amd64, arm64, digest: index.descriptor.digest };
};
const paths = (method: string): string[] =>
  registry.requests.filter((each) => each.method === method).map((each) => each.path);

describe('a copy', () => {
  it('brings blobs first, then children, the root, and its tags at the very end', async () => {
    const { index, digest } = await multi();
    const result = await copyArtifact({ from: index, to: store(), digest, tag: '1.0.0' });
    expect(result).toMatchObject({ digest, copied: 8, present: 0 });
    const manifests = paths('PUT').flatMap((path, at) =>
      path.includes('/manifests/') ? [[path.split('/').at(-1), at]] : [],
    );
    expect(manifests.map(([reference]) => reference)).toEqual([
      expect.stringMatching(/^sha256/),
      expect.stringMatching(/^sha256/),
      digest,
      immutableTag(digest),
      '1.0.0',
    ]);
    expect([...registry.manifests.keys()]).toContain(`shop/gateway/${digest}`);
  });

  it('costs one look at each root when nothing is to be done', async () => {
    const artifact = await image('x');
    const options = { from: artifact, digest: artifact.descriptor.digest, tag: true } as const;
    await copyArtifact({ ...options, to: store() });
    registry.requests.length = 0;
    expect(await copyArtifact({ ...options, to: store() })).toMatchObject({ copied: 0, bytesCopied: 0 });
    expect(registry.requests.map((each) => each.method)).toEqual(['HEAD', 'HEAD']);
  });

  it('goes on where a cut one stopped', async () => {
    const artifact = await image('x');
    const caller = new AbortController();
    const options = { from: artifact, to: store(), digest: artifact.descriptor.digest, concurrency: 1 };
    const cut = copyArtifact({ ...options, signal: caller.signal, onProgress: () => caller.abort() });
    await expect(cut).rejects.toMatchObject({ code: 'LF-OCI-014' });
    expect(registry.manifests.size).toBe(0);
    expect(registry.blobs.size).toBe(1);
    expect(await copyArtifact(options)).toMatchObject({ copied: 3, present: 1 });
  });

  it('brings only the platforms that are wanted, or all where the registry wants them all', async () => {
    const { index, digest, arm64 } = await multi();
    const options = { from: index, digest, platforms: ['linux/amd64'] } as const;
    await copyArtifact({ ...options, to: store() });
    expect(registry.manifests.has(`shop/gateway/${arm64.descriptor.digest}`)).toBe(false);

    let refused = 0;
    registry.intercept = ({ method, path }, response) => {
      const complete = registry.manifests.has(`strict/${arm64.descriptor.digest}`);
      if (method !== 'PUT' || path !== `/v2/strict/manifests/${digest}` || complete) return false;
      refused++;
      refuse(response, 404, 'MANIFEST_BLOB_UNKNOWN');
      return true;
    };
    await copyArtifact({ ...options, to: store('strict') });
    expect(refused).toBe(1);
    await expect(copyArtifact({ ...options, platforms: ['linux/s390x'], to: store('none') })).rejects.toMatchObject({
      code: 'LF-OCI-004',
    });
  });

  it('has blobs mounted where both repositories are in one registry', async () => {
    const artifact = await image('x');
    const here = client();
    await copyArtifact({ from: artifact, to: registryStore(here, 'a'), digest: artifact.descriptor.digest });
    const outcomes: string[] = [];
    registry.intercept = ({ method, path }, response) => {
      if (method !== 'HEAD' || !path.startsWith('/v2/b/blobs')) return false;
      response.writeHead(404).end();
      return true;
    };
    await copyArtifact({
      from: registryStore(here, 'a'),
      to: registryStore(here, 'b'),
      digest: artifact.descriptor.digest,
      onProgress: ({ outcome }) => outcomes.push(outcome),
    });
    expect(outcomes).toEqual(['mounted', 'mounted', 'mounted', 'copied']);
  });

  it('survives a source that breaks in the middle of a blob', async () => {
    const artifact = await image('x');
    await copyArtifact({ from: artifact, to: store('from'), digest: artifact.descriptor.digest });
    const target = await startFakeRegistry();
    const to = registryStore(createRegistryClient({ host: target.host, plainHttp: true, clock: noWait }), 'to');
    let broken = 0;
    registry.intercept = ({ method, path }, response) => {
      if (method !== 'GET' || !path.includes('/blobs/') || broken > 1) return false;
      broken++;
      const blob = registry.blobs.get(path.split('/').at(-1) ?? '') ?? new Uint8Array();
      response.writeHead(200, { 'content-length': blob.byteLength });
      response.write(blob.subarray(0, 1));
      setImmediate(() => response.destroy());
      return true;
    };
    await copyArtifact({ from: store('from'), to, digest: artifact.descriptor.digest, concurrency: 1 });
    expect(target.blobs.size).toBe(3);
    await target.stop();
  });

  it('refuses a child that is not what the index says', async () => {
    const { index, amd64, digest } = await multi();
    const swapped = {
      ...index,
      getManifest: async (ref: string) => (ref === digest ? index.manifest : amd64.manifest),
    };
    await expect(copyArtifact({ from: swapped, to: store(), digest })).rejects.toMatchObject({ code: 'LF-OCI-005' });
    expect(registry.manifests.has(`shop/gateway/${digest}`)).toBe(false);
  });

  it('refuses bytes that are an index and an image at once', async () => {
    const both = rawManifest(
      Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [], layers: [], config: {} })),
      mediaTypes.imageIndex,
    );
    registry.manifests.set(`a/${both.digest}`, both);
    await expect(copyArtifact({ from: store('a'), to: store('b'), digest: both.digest })).rejects.toMatchObject({
      code: 'LF-OCI-008',
    });
  });
});

describe('an immutable tag', () => {
  it('is not pushed again, and losing a race for the same digest is no failure', async () => {
    const artifact = await image('x');
    const { digest } = artifact.descriptor;
    const tag = immutableTag(digest);
    registry.intercept = ({ method, path }, response) => {
      if (method !== 'PUT' || !path.endsWith(tag)) return false;
      registry.manifests.set(`shop/gateway/${tag}`, artifact.manifest); // the other one was faster
      refuse(response, 400, 'TAG_INVALID');
      return true;
    };
    await copyArtifact({ from: artifact, to: store(), digest, tag: true });
    registry.requests.length = 0;
    await copyArtifact({ from: artifact, to: store(), digest, tag: true });
    expect(paths('PUT')).toEqual([]);
  });

  it('that means something else is told', async () => {
    const [one, two] = [await image('one'), await image('two')];
    registry.manifests.set('shop/gateway/v1', one.manifest);
    registry.intercept = ({ method, path }, response) => {
      if (method !== 'PUT' || !path.endsWith('/v1')) return false;
      refuse(response, 409, 'TAG_IMMUTABLE');
      return true;
    };
    await expect(copyArtifact({ from: two, to: store(), digest: two.descriptor.digest, tag: 'v1' })).rejects.toThrow(
      /has the tag v1 for something else/,
    );
  });
});

describe('a layout on disk', () => {
  const dir = () => join(mkdtempSync(join(tmpdir(), 'layout-')), 'x');

  it('takes an artifact in and gives the same bytes back', async () => {
    const { index, digest } = await multi();
    const layout = await createLayout(dir());
    await copyArtifact({ from: index, to: layout, digest, tag: '1.0.0' });
    await copyArtifact({ from: await openLayout(layout.dir), to: store(), digest: '1.0.0' });
    expect(registry.manifests.get(`shop/gateway/${digest}`)?.bytes).toEqual(index.manifest.bytes);
    expect((await layout.roots()).map((root) => root.annotations)).toHaveLength(2);
    expect((await createLayout(layout.dir)).dir).toBe(layout.dir);
    expect(await layout.roots()).toHaveLength(2);
    expect(readdirSync(join(layout.dir, 'blobs', 'sha256')).filter((name) => name.includes('part'))).toEqual([]);
  });

  it('never gives altered bytes', async () => {
    const artifact = await image('x');
    const layout = await createLayout(dir());
    await copyArtifact({ from: artifact, to: layout, digest: artifact.descriptor.digest });
    const layer = artifact.layers[0]?.digest ?? sha256('');
    const path = layout.blobPath(layer);
    const bytes = readFileSync(path);
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const copy = copyArtifact({ from: layout, to: store(), digest: artifact.descriptor.digest });
    await expect(copy).rejects.toMatchObject({ code: 'LF-OCI-005' });
    truncateSync(layout.blobPath(artifact.descriptor.digest), 10);
    await expect(layout.getManifest(artifact.descriptor.digest)).rejects.toMatchObject({ code: 'LF-OCI-005' });
    expect(registry.manifests.size).toBe(0);
  });

  it('says what is no layout', async () => {
    await expect(openLayout(tmpdir())).rejects.toMatchObject({ code: 'LF-OCI-012' });
  });
});

it('packing the same twice gives the same bytes', async () => {
  const pack = (annotations: Record<string, string>) =>
    packArtifact({
      artifactType: 'a/b',
      layers: [{ mediaType: 'c/d', bytes: Buffer.from('x'), annotations }],
      annotations,
    });
  const [one, two] = [await pack({ a: '1', b: '2' }), await pack({ b: '2', a: '1' })];
  expect(one.manifest.bytes).toEqual(two.manifest.bytes);
  expect(JSON.parse(Buffer.from(one.manifest.bytes).toString())).toMatchObject({
    artifactType: 'a/b',
    config: { mediaType: mediaTypes.empty, size: 2 },
  });
});
