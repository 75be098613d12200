import { createReadStream, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { extract, pack } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../contract/index.ts';
import { packArtifact, type PackedArtifact, packIndex } from '../artifact.ts';
import { copyArtifact } from '../copy/copy-artifact.ts';
import type { ContentSource, ContentTarget } from '../copy/content-store.ts';
import { mediaTypes } from '../media-types.ts';
import { createTarLayout } from './create-tar-layout.ts';
import { createLayout, openLayout } from './layout.ts';
import { openTarLayout } from './open-tar-layout.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'layouts-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const layerBytes = Buffer.alloc(3_000_000, 'layer');
async function image(name: string): Promise<PackedArtifact> {
  return packArtifact({
    config: { mediaType: mediaTypes.imageConfig, bytes: Buffer.from(`{"name":"${name}"}`) },
    layers: [
      { mediaType: mediaTypes.layerTar, bytes: layerBytes },
      { mediaType: mediaTypes.layerTar, bytes: Buffer.alloc(0) },
      { mediaType: mediaTypes.layerTar, bytes: Buffer.from(name) },
    ],
  });
}
async function twoPlatforms(): Promise<PackedArtifact> {
  return packIndex({
    manifests: [
      { artifact: await image('amd64'), platform: { os: 'linux', architecture: 'amd64' } },
      { artifact: await image('arm64'), platform: { os: 'linux', architecture: 'arm64' } },
    ],
  });
}

/** The two ways to keep a layout; what holds for one holds for the other. */
const kinds = [
  {
    kind: 'a folder',
    write: async (path: string, fill: (to: ContentTarget) => Promise<unknown>) =>
      void (await fill(await createLayout(path))),
    read: async <T>(path: string, use: (from: ContentSource) => Promise<T>): Promise<T> => use(await openLayout(path)),
  },
  {
    kind: 'a tar file',
    write: async (path: string, fill: (to: ContentTarget) => Promise<unknown>) => {
      const to = await createTarLayout(path);
      await fill(to);
      await to.finish();
    },
    read: async <T>(path: string, use: (from: ContentSource) => Promise<T>): Promise<T> => {
      const from = await openTarLayout(path);
      try {
        return await use(from);
      } finally {
        await from.close();
      }
    },
  },
];

describe.each(kinds)('a layout that is $kind', ({ write, read }) => {
  it('gives back what was put into it, byte for byte, by tag and by digest', async () => {
    const index = await twoPlatforms();
    const path = join(dir, 'layout');
    await write(path, async (to) => {
      await copyArtifact({ from: index, to, digest: index.manifest.digest });
      await to.putManifest(index.manifest, { tag: 'shop:1' });
    });
    await read(path, async (from) => {
      const byTag = await from.getManifest('shop:1');
      expect(Buffer.from(byTag.bytes).equals(index.manifest.bytes)).toBe(true);
      expect(byTag.mediaType).toBe(mediaTypes.imageIndex);
      const again = await createLayout(join(dir, 'again'));
      await copyArtifact({ from, to: again, digest: index.manifest.digest });
      expect(readFileSync(again.blobPath(sha256(layerBytes))).equals(layerBytes)).toBe(true);
    });
  });

  it('holds a blob once, and knows what it has', async () => {
    const one = await image('one');
    const content = { digest: sha256(layerBytes), size: layerBytes.length };
    const layer = { ...content, mediaType: mediaTypes.layerTar };
    let opened = 0;
    await write(join(dir, 'layout'), async (to) => {
      const body = async () => {
        opened++;
        return one.openBlob(layer);
      };
      expect(await to.hasBlob(layer)).toBe(false);
      await Promise.all([to.putBlob(layer, body), to.putBlob(layer, body)]);
      await to.putBlob(layer, body);
      expect(await to.hasBlob(layer)).toBe(true);
      expect(await to.resolve(one.manifest.digest)).toBeUndefined();
      await copyArtifact({ from: one, to, digest: one.manifest.digest });
      expect(await to.resolve(one.manifest.digest)).toBe(one.manifest.digest);
    });
    expect(opened).toBeGreaterThan(0);
    await read(join(dir, 'layout'), async (from) => {
      expect((await buffer(await from.openBlob(layer))).equals(layerBytes)).toBe(true);
    });
  });

  it('takes no blob that is not what it is called, and the right one afterwards', async () => {
    const bytes = Buffer.alloc(2_000_000, 'right');
    const wrong = Buffer.alloc(2_000_000, 'wrong');
    const descriptor = { digest: sha256(bytes), size: bytes.length, mediaType: mediaTypes.layerTar };
    async function* cut(): AsyncGenerator<Uint8Array> {
      yield bytes.subarray(0, 1_000_000);
      throw new Error('the connection broke');
    }
    await write(join(dir, 'layout'), async (to) => {
      await expect(to.putBlob(descriptor, wrong)).rejects.toMatchObject({ code: 'LF-OCI-005' });
      await expect(to.putBlob(descriptor, cut)).rejects.toThrow(/broke/);
      expect(await to.hasBlob(descriptor)).toBe(false);
      await to.putBlob(descriptor, bytes);
    });
    await read(join(dir, 'layout'), async (from) => {
      expect((await buffer(await from.openBlob(descriptor))).equals(bytes)).toBe(true);
    });
  });

  it('says what it does not have', async () => {
    await write(join(dir, 'layout'), () => Promise.resolve());
    await read(join(dir, 'layout'), async (from) => {
      await expect(from.getManifest('shop:2')).rejects.toMatchObject({ code: 'LF-OCI-004' });
      await expect(from.getManifest(sha256('x'))).rejects.toMatchObject({ code: 'LF-OCI-004' });
      const blob = { digest: sha256('x'), size: 1, mediaType: 'x/y' };
      await expect(from.openBlob(blob)).rejects.toMatchObject({ code: 'LF-OCI-004' });
    });
  });
});

/** An archive by another hand (tar-stream), as other tools write them. */
async function tarOf(
  entries: readonly { name: string; bytes?: Uint8Array; type?: 'file' | 'symlink' | 'directory' }[],
): Promise<string> {
  const tar = pack();
  for (const { name, bytes = Buffer.alloc(0), type = 'file' } of entries) {
    tar.entry({ name, type, ...(type === 'symlink' ? { linkname: '/etc/passwd' } : {}) }, Buffer.from(bytes));
  }
  tar.finalize();
  const path = join(dir, 'other.tar');
  writeFileSync(path, await buffer(tar));
  return path;
}
const marker = { name: 'oci-layout', bytes: Buffer.from('{"imageLayoutVersion":"1.0.0"}') };
const emptyIndex = { name: 'index.json', bytes: Buffer.from('{"schemaVersion":2,"manifests":[]}') };

describe('a tar file', () => {
  it('that cannot be written say so', async () => {
    writeFileSync(join(dir, 'file'), '');
    const refused = { code: 'LF-OCI-017', message: expect.stringContaining('cannot be written: ENO') };
    await expect(createLayout(join(dir, 'file', 'layout'))).rejects.toMatchObject(refused);
    await expect(createTarLayout(join(dir, 'nowhere', 'layout.tar'))).rejects.toMatchObject(refused);
  });

  it('is read as other tools write it: folders, ./ before names, long names, things that are not of the layout', async () => {
    const one = await image('one');
    const blob = (bytes: Uint8Array) => ({ name: `./blobs/sha256/${sha256(bytes).slice(7)}`, bytes });
    const index = {
      schemaVersion: 2,
      manifests: [{ ...one.descriptor, annotations: { 'org.opencontainers.image.ref.name': 'latest' } }],
    };
    const path = await tarOf([
      { name: './', type: 'directory' },
      { name: `x/${'long/'.repeat(60)}name`, bytes: Buffer.from('x') },
      { name: 'manifest.json', bytes: Buffer.from('[]') },
      { name: 'latest', type: 'symlink' },
      { name: './index.json', bytes: Buffer.from(JSON.stringify(index)) },
      blob(one.manifest.bytes),
      blob(layerBytes),
      marker,
    ]);
    const from = await openTarLayout(path);
    expect((await from.getManifest('latest')).digest).toBe(one.manifest.digest);
    const layer = { digest: sha256(layerBytes), size: layerBytes.length, mediaType: mediaTypes.layerTar };
    expect((await buffer(await from.openBlob(layer))).equals(layerBytes)).toBe(true);
    expect((await from.roots()).map(({ digest }) => digest)).toEqual([one.manifest.digest]);
    await from.close();
  });

  it('is written as other tools read it, and the same twice', async () => {
    const index = await twoPlatforms();
    const paths = [join(dir, 'a.tar'), join(dir, 'b.tar')];
    for (const path of paths) {
      const to = await createTarLayout(path);
      await copyArtifact({ from: index, to, digest: index.manifest.digest, concurrency: 1 });
      await to.putManifest(index.manifest, { tag: 'latest' });
      await to.finish();
    }
    const [a = '', b = ''] = paths;
    expect(readFileSync(a).equals(readFileSync(b))).toBe(true);
    const names = new Map<string, string>();
    const untar = extract();
    const reading = (async () => {
      for await (const entry of untar) names.set(entry.header.name, sha256(await buffer(entry)));
    })();
    createReadStream(a).pipe(untar);
    await reading;
    const blobs = [...names].filter(([name]) => name.startsWith('blobs/'));
    expect(blobs.length).toBe(9);
    for (const [name, digest] of blobs) expect(name).toBe(`blobs/sha256/${digest.slice(7)}`);
    expect([...names.keys()].filter((name) => !name.startsWith('blobs/'))).toEqual(['oci-layout', 'index.json']);
  });

  it('has no name before it is whole, and leaves nothing when it is given up', async () => {
    const to = await createTarLayout(join(dir, 'layout.tar'));
    const bytes = Buffer.from('x');
    await to.putBlob({ digest: sha256(bytes), size: 1, mediaType: 'x/y' }, bytes);
    expect(readdirSync(dir)).not.toContain('layout.tar');
    await to.discard();
    expect(readdirSync(dir)).toEqual([]);
  });

  it.each([
    [
      'a link in the place of a blob',
      [marker, emptyIndex, { name: `blobs/sha256/${'a'.repeat(64)}`, type: 'symlink' as const }],
      /link/,
    ],
    ['a name twice', [marker, emptyIndex, emptyIndex], /twice/],
    ['no index', [marker], /not all of it/],
    ['no marker', [emptyIndex], /no OCI layout/],
  ])('is refused with %s', async (_, entries, message) => {
    const opening = openTarLayout(await tarOf(entries));
    await expect(opening).rejects.toMatchObject({ code: 'LF-OCI-033' });
    await expect(opening).rejects.toThrow(message);
  });

  it('is refused when it is compressed, cut off or altered', async () => {
    const to = await createTarLayout(join(dir, 'whole.tar'));
    const bytes = Buffer.alloc(100_000, 'x');
    const descriptor = { digest: sha256(bytes), size: bytes.length, mediaType: 'x/y' };
    await to.putBlob(descriptor, bytes);
    await to.finish();
    const whole = readFileSync(join(dir, 'whole.tar'));
    const path = join(dir, 'broken.tar');
    writeFileSync(path, Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), whole]));
    await expect(openTarLayout(path)).rejects.toMatchObject({ code: 'LF-OCI-033' });
    writeFileSync(path, whole.subarray(0, 60_000));
    await expect(openTarLayout(path)).rejects.toThrow(/ends too early/);
    const altered = Buffer.from(whole);
    altered[50_000] = 0x79;
    writeFileSync(path, altered);
    const from = await openTarLayout(path);
    await expect(from.openBlob(descriptor).then(buffer)).rejects.toMatchObject({ code: 'LF-OCI-005' });
    await from.close();
  });
});

it('a folder that is made a layout by many at once is a whole one for each of them', async () => {
  const made = await Promise.all(Array.from({ length: 40 }, () => createLayout(join(dir, 'shared'))));
  expect(await Promise.all(made.map((layout) => layout.roots()))).toEqual(made.map(() => []));
  expect(readdirSync(join(dir, 'shared')).toSorted()).toEqual(['blobs', 'index.json', 'oci-layout']);
});
