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
import {
  type FaultRegistry,
  type FaultRegistryOptions,
  startFaultRegistry,
} from '../../test/registry/fault-registry.ts';
import { incomplete, missing } from '../../test/registry/whole.ts';
import { registryStore } from './content-store.ts';
import { copyArtifact } from './copy-artifact.ts';
import { immutableTag } from './immutable-tag.ts';

let registry: FaultRegistry;
const running: FaultRegistry[] = [];
/** Takes an index with only some of its images, unless asked not to. */
const open = async (habits: FaultRegistryOptions['habits'] = { sparseIndexes: true }): Promise<FaultRegistry> => {
  const started = await startFaultRegistry({ habits });
  running.push(started);
  return started;
};
beforeEach(async () => {
  registry = await open();
});
afterEach(async () => {
  for (const each of running.splice(0)) await each.stop();
});

const noWait = { now: () => new Date(), sleep: async () => undefined };
const client = (of = registry) => createRegistryClient({ host: of.host, plainHttp: true, clock: noWait });
const store = (repository = 'shop/gateway', of = registry) => registryStore(client(of), repository);
const held = (reference: string, repository = 'shop/gateway') => registry.content.manifest(repository, reference);
/** No manifest of any kind, whatever blobs there are. */
const isEmpty = (of = registry): boolean =>
  [...of.content.repositories.values()].every(({ manifests, tags }) => manifests.size + tags.size === 0);
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
      immutableTag(digest),
      '1.0.0',
    ]);
    expect(held(digest)?.bytes).toEqual(index.manifest.bytes);
  });

  it('costs one look at each root when nothing is to be done', async () => {
    const artifact = await image('x');
    const options = { from: artifact, digest: artifact.descriptor.digest, tag: true } as const;
    await copyArtifact({ ...options, to: store() });
    registry.requests.length = 0;
    expect(await copyArtifact({ ...options, to: store() })).toMatchObject({ copied: 0, bytesCopied: 0 });
    expect(registry.requests.map((each) => each.method)).toEqual(['HEAD']);
  });

  it('goes on where a cut one stopped', async () => {
    const artifact = await image('x');
    const caller = new AbortController();
    const options = { from: artifact, to: store(), digest: artifact.descriptor.digest, concurrency: 1 };
    const cut = copyArtifact({ ...options, signal: caller.signal, onProgress: () => caller.abort() });
    await expect(cut).rejects.toMatchObject({ code: 'LF-OCI-014' });
    expect(isEmpty()).toBe(true);
    expect(registry.content.blobs.size).toBe(1);
    expect(await copyArtifact(options)).toMatchObject({ copied: 3, present: 1 });
  });

  it('brings only the platforms that are wanted, or all where the registry wants them all', async () => {
    const { index, digest, arm64 } = await multi();
    const options = { from: index, digest, platforms: ['linux/amd64'] } as const;
    await copyArtifact({ ...options, to: store() });
    expect(held(digest)).toBeDefined();
    expect(held(arm64.descriptor.digest)).toBeUndefined();

    const strict = await open({});
    await copyArtifact({ ...options, to: store('strict', strict) });
    expect(strict.content.manifest('strict', digest)).toBeDefined();
    expect(strict.content.manifest('strict', arm64.descriptor.digest)).toBeDefined();
    expect(incomplete(strict.content)).toEqual([]);
    await expect(copyArtifact({ ...options, platforms: ['linux/s390x'], to: store('none') })).rejects.toMatchObject({
      code: 'LF-OCI-004',
    });
  });

  it('has blobs mounted where both repositories are in one registry', async () => {
    const artifact = await image('x');
    const here = client();
    await copyArtifact({ from: artifact, to: registryStore(here, 'a'), digest: artifact.descriptor.digest });
    const outcomes: string[] = [];
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
    const target = await open();
    const to = store('to', target);
    registry.fault({ on: 'blob-get', times: 2, fault: { kind: 'cut', after: 1 } });
    await copyArtifact({ from: store('from'), to, digest: artifact.descriptor.digest, concurrency: 1 });
    expect(registry.struck()).toBe(2);
    expect(
      missing({ ...registry, repository: 'from' }, { ...target, repository: 'to' }, artifact.descriptor.digest),
    ).toEqual([]);
  });

  it('refuses a child that is not what the index says', async () => {
    const { index, amd64, digest } = await multi();
    const swapped = {
      ...index,
      getManifest: async (ref: string) => (ref === digest ? index.manifest : amd64.manifest),
    };
    await expect(copyArtifact({ from: swapped, to: store(), digest })).rejects.toMatchObject({ code: 'LF-OCI-005' });
    expect(held(digest)).toBeUndefined();
  });

  it('refuses bytes that are an index and an image at once', async () => {
    const both = rawManifest(
      Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [], layers: [], config: {} })),
      mediaTypes.imageIndex,
    );
    registry.content.repository('a').manifests.set(both.digest, { ...both, subject: undefined });
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
    registry.fault({
      on: 'manifest-put',
      times: 1,
      when: ({ reference }) => {
        if (reference !== tag) return false;
        const { manifests, tags } = registry.content.repository('shop/gateway'); // the other one was faster
        manifests.set(digest, { ...artifact.manifest, subject: undefined });
        tags.set(tag, digest);
        return true;
      },
      fault: { kind: 'status', status: 400, code: 'TAG_INVALID' },
    });
    await copyArtifact({ from: artifact, to: store(), digest, tag: true });
    registry.requests.length = 0;
    await copyArtifact({ from: artifact, to: store(), digest, tag: true });
    expect(registry.struck()).toBe(1);
    expect(paths('PUT')).toEqual([]);
  });

  it('that means something else is told', async () => {
    const [one, two] = [await image('one'), await image('two')];
    await copyArtifact({ from: one, to: store(), digest: one.descriptor.digest, tag: 'v1' });
    const taken = { kind: 'status', status: 409, code: 'TAG_IMMUTABLE' } as const;
    registry.fault({ on: 'manifest-put', when: ({ reference }) => reference === 'v1', fault: taken });
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
    expect(held(digest)?.bytes).toEqual(index.manifest.bytes);
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
    expect(isEmpty()).toBe(true);
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
