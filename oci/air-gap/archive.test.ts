import { createWriteStream, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { LandfallError, sha256 } from '../../contract/index.ts';
import { packArtifact, packIndex } from '../artifact.ts';
import { copyArtifact } from '../copy/copy-artifact.ts';
import { createLayout } from '../layout/layout.ts';
import { mediaTypes } from '../media-types.ts';
import type { MirrorProgress } from '../mirror/progress.ts';
import { openArchive } from './open-archive.ts';
import { writeArchive } from './write-archive.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'air-gap-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const pack = (text: string) =>
  packArtifact({
    artifactType: 'application/vnd.test',
    layers: [
      { mediaType: mediaTypes.layerTarGzip, bytes: Buffer.from(`layer of ${text}`) },
      { mediaType: mediaTypes.layerTarGzip, bytes: Buffer.from('shared') },
    ],
  });
async function archive(): Promise<{ path: string; digest: string }> {
  const index = packIndex({
    manifests: [{ artifact: await pack('a'), platform: { os: 'linux', architecture: 'amd64' } }],
  });
  const chart = await pack('chart');
  const path = join(dir, 'release.zip');
  await writeArchive({
    path,
    roots: [
      { from: index, digest: index.descriptor.digest, name: 'shop/gateway' },
      { from: chart, digest: chart.descriptor.digest, name: 'shop/charts/web' },
    ],
  });
  return { path, digest: index.descriptor.digest };
}
async function zipOf(entries: Record<string, Buffer>, compress = false): Promise<string> {
  const zip = new ZipFile();
  for (const [name, bytes] of Object.entries(entries)) zip.addBuffer(bytes, name, { compress });
  zip.end();
  const path = join(dir, 'planted.zip');
  await pipeline(zip.outputStream, createWriteStream(path));
  return path;
}
const whole = { 'index.json': Buffer.from('{"schemaVersion":2,"manifests":[]}'), 'oci-layout': Buffer.from('{}') };
const blobName = (bytes: Buffer): string => `blobs/sha256/${sha256(bytes).slice(7)}`;

describe('an air-gap archive', () => {
  it('that cannot be written says so, and does not wait for who would take its bytes', async () => {
    const chart = await packArtifact({
      artifactType: 'application/vnd.test',
      layers: [{ mediaType: mediaTypes.layerTarGzip, bytes: Buffer.alloc(4 * 1024 * 1024) }],
    });
    const path = join(dir, 'nowhere', 'release.zip');
    const roots = [{ from: chart, digest: chart.descriptor.digest, name: 'shop/charts/web' }];
    await expect(writeArchive({ path, roots })).rejects.toMatchObject({
      code: 'LF-OCI-017',
      message: expect.stringMatching(/release\.zip cannot be written: ENOENT/),
    });
    const stopped = AbortSignal.abort();
    const elsewhere = writeArchive({ path: join(dir, 'stopped.zip'), roots, signal: stopped });
    await expect(elsewhere).rejects.not.toMatchObject({ code: 'LF-OCI-017' });
    expect(readdirSync(dir)).toEqual([]);
  });

  it('holds everything once and gives it back', async () => {
    const { path, digest } = await archive();
    const opened = await openArchive(path);
    expect(opened.roots.map(({ name }) => name)).toEqual(['shop/gateway', 'shop/charts/web']);
    const layout = await createLayout(join(dir, 'layout'));
    await copyArtifact({ from: opened, to: layout, digest, tag: true });
    expect(readdirSync(join(dir, 'layout/blobs/sha256'))).toHaveLength(5);
    opened.close();
  });

  it('tells how far it is over all that it holds, while it is written and while it is checked', async () => {
    const [one, other] = [await pack('one'), await pack('other')];
    const path = join(dir, 'told.zip');
    const told: MirrorProgress[] = [];
    const roots = [one, other].map((from, at) => ({ from, digest: from.descriptor.digest, name: `shop/${at}` }));
    await writeArchive({ path, roots, onProgress: (progress) => told.push(progress) });
    expect(told.map(({ bytes }) => bytes.done)).toEqual(told.map(({ bytes }) => bytes.done).toSorted((a, b) => a - b));
    expect(told.at(-1)).toMatchObject({ items: { done: 2, total: 2 }, known: true, secondsLeft: 0 });
    expect(told.filter(({ items }) => items.done === 0).every(({ known }) => !known)).toBe(true);
    const checked: number[] = [];
    const opened = await openArchive(path, { onChecked: ({ done, total }) => checked.push(done / total) });
    expect([checked.length, checked.at(-1)]).toEqual([6, 1]);
    opened.close();
  });

  it('has the same bytes each time', async () => {
    const first = readFileSync((await archive()).path);
    expect(readFileSync((await archive()).path).equals(first)).toBe(true);
  });

  it('leaves nothing when its source breaks', async () => {
    const artifact = await pack('a');
    const from = {
      ...artifact,
      openBlob: () => Promise.reject(new LandfallError('LF-OCI-002', 'the connection broke', { temporary: true })),
    };
    const write = writeArchive({
      path: join(dir, 'x.zip'),
      roots: [{ from, digest: artifact.descriptor.digest, name: 'a' }],
    });
    await expect(write).rejects.toMatchObject({ code: 'LF-OCI-002' });
    expect(readdirSync(dir)).toEqual([]);
  });

  it('is refused before anything of it is used when one bit of a blob is another', async () => {
    const { path } = await archive();
    const bytes = readFileSync(path);
    bytes.write('Layer', bytes.indexOf('layer of a'));
    writeFileSync(path, bytes);
    await expect(openArchive(path)).rejects.toMatchObject({ code: 'LF-OCI-016' });
  });

  it('is refused when it was cut', async () => {
    const { path } = await archive();
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, bytes.byteLength - 100));
    await expect(openArchive(path)).rejects.toMatchObject({ code: 'LF-OCI-016' });
  });

  it('gives what was put into it, or is refused, whichever byte of it is another', async () => {
    const { path } = await archive();
    const bytes = readFileSync(path);
    const good = await openArchive(path);
    const roots = JSON.stringify(good.roots);
    good.close();
    const index = bytes.indexOf('{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index', bytes.length / 2);
    const [name, key] = [bytes.indexOf('shop/gateway', index), bytes.indexOf('ref.name', index)];
    const mustBeRefused = [bytes.indexOf('layer of a'), index, name, key];
    const refused = new Set<number>();
    const every11th = Array.from({ length: Math.ceil(bytes.length / 11) }, (_, at) => at * 11);
    for (const at of [...mustBeRefused, ...every11th]) {
      const altered = Buffer.from(bytes);
      altered[at] = (bytes[at] ?? 0) ^ (1 << (at % 7));
      writeFileSync(path, altered);
      const opened = await openArchive(path).catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'LF-OCI-016' });
      });
      if (opened === undefined) refused.add(at);
      else expect(JSON.stringify(opened.roots)).toBe(roots);
      opened?.close();
    }
    expect(mustBeRefused.filter((at) => !refused.has(at))).toEqual([]);
  });

  it('is refused before anything of it is used when something that it names is not in it', async () => {
    const chart = await pack('chart');
    const blobs = [Buffer.from('{}'), Buffer.from('layer of chart'), Buffer.from('shared')];
    const manifest = Buffer.from(chart.manifest.bytes);
    const root = { ...chart.descriptor, annotations: { 'org.opencontainers.image.ref.name': 'shop/web' } };
    const indexOf = (...manifests: object[]) => Buffer.from(JSON.stringify({ schemaVersion: 2, manifests }));
    const all = Object.fromEntries([manifest, ...blobs].map((bytes) => [blobName(bytes), bytes]));
    (await openArchive(await zipOf({ ...whole, 'index.json': indexOf(root), ...all }))).close();
    const { [blobName(Buffer.from('shared'))]: _, ...fewer } = all;
    const { [blobName(manifest)]: __, ...none } = all;
    for (const [entries, index] of [
      [fewer, indexOf(root)],
      [none, indexOf(root)],
      [all, indexOf({ ...root, size: root.size + 1 })],
      [all, indexOf({ ...root, mediaType: mediaTypes.imageIndex })],
      [all, indexOf(chart.descriptor)],
      [all, Buffer.from('[]')],
    ] as const) {
      const opening = openArchive(await zipOf({ ...whole, ...entries, 'index.json': index }));
      await expect(opening).rejects.toMatchObject({ code: 'LF-OCI-016' });
    }
  });

  const blob = Buffer.from('blob');
  it.each([
    ['holds something else', { ...whole, 'bin/sh': blob }, false],
    ['has a name that is no digest of its bytes', { ...whole, [blobName(Buffer.from('other'))]: blob }, false],
    ['is compressed', { ...whole, [blobName(blob)]: blob }, true],
    ['has no index', { 'oci-layout': blob }, false],
  ])('is refused when it %s', async (_, entries, compress) => {
    await expect(openArchive(await zipOf(entries, compress))).rejects.toMatchObject({ code: 'LF-OCI-016' });
  });
});
