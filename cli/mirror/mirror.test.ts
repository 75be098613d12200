import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Command } from 'commander';
import { digestSchema } from '../../contract/index.ts';
import { packArtifact, registryStore, createRegistryClient, copyArtifact } from '../../oci/index.ts';
import { type FaultRegistry, startFaultRegistry } from '../../test/registry/fault-registry.ts';
import { plantImage, plantIndex } from '../../test/registry/plant.ts';
import { capturedOutput } from '../testing/captured-output.ts';
import { registerMirrorCommands } from './index.ts';

const nothing = digestSchema.parse(`sha256:${'0'.repeat(64)}`);

let vendor: FaultRegistry;
let own: FaultRegistry;
let dir: string;
let printed: string[];
beforeEach(async () => {
  [vendor, own] = [await startFaultRegistry(), await startFaultRegistry()];
  dir = mkdtempSync(join(tmpdir(), 'mirror-cli-'));
  printed = capturedOutput();
});
afterEach(async () => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  await Promise.all([vendor.stop(), own.stop()]);
  rmSync(dir, { recursive: true, force: true });
});

async function push(repository: string, tag: string): Promise<string> {
  const artifact = await packArtifact({
    artifactType: 'application/vnd.test',
    layers: [{ mediaType: 'text/plain', bytes: Buffer.from(`${repository} ${tag}`) }],
  });
  const to = registryStore(createRegistryClient({ host: vendor.host, plainHttp: true }), repository);
  return (await copyArtifact({ from: artifact, to, digest: artifact.descriptor.digest, tag })).digest;
}

async function run(...args: string[]): Promise<unknown> {
  const program = new Command().exitOverride();
  registerMirrorCommands(program);
  printed.length = 0;
  await program.parseAsync(['mirror', ...args, '--plain-http', '--json'], { from: 'user' });
  return JSON.parse(printed.join(''));
}

describe('landfall mirror', () => {
  it('copies by tag, and a second time copies nothing', async () => {
    const digest = await push('shop/web', '1.0');
    const copy = ['copy', `${vendor.host}/shop/web:1.0`, `${own.host}/lf/shop/web:1.0`];
    expect(await run(...copy)).toMatchObject({ destination: `${own.host}/lf/shop/web@${digest}`, copied: 3 });
    expect(own.content.manifest('lf/shop/web', '1.0')?.digest).toBe(digest);
    expect(await run(...copy)).toMatchObject({ copied: 0, bytesCopied: 0 });
  });

  it('lists tags, and says how two repositories differ', async () => {
    const digest = await push('shop/web', '1.0');
    await push('shop/web', '2.0');
    await run('copy', `${vendor.host}/shop/web:1.0`, `${own.host}/shop/web:1.0`);
    expect(await run('ls', `${own.host}/shop/web`)).toMatchObject({
      tags: expect.arrayContaining([{ tag: '1.0', digest }]),
    });
    const difference = await run('diff', `${vendor.host}/shop/web`, `${own.host}/shop/web`);
    expect(difference).toMatchObject({
      differences: expect.arrayContaining([{ tag: '2.0', here: expect.any(String), there: null }]),
    });
    expect(process.exitCode).toBe(1);
    // What was copied whole is no difference, whatever tags of its own the mirror has beside it.
    process.exitCode = undefined;
    await run('copy', `${vendor.host}/shop/web:2.0`, `${own.host}/shop/web:2.0`);
    const same = await run('diff', `${vendor.host}/shop/web`, `${own.host}/shop/web`);
    expect([same, process.exitCode]).toMatchObject([{ same: 2, differences: [] }, undefined]);
  });

  it('lists the repositories of a registry', async () => {
    for (const repository of ['shop/web', 'shop/api']) await push(repository, '1.0');
    expect(await run('ls', vendor.host)).toEqual({ registry: vendor.host, repositories: ['shop/api', 'shop/web'] });
    vendor.fault({ on: 'catalogue', fault: { kind: 'status', status: 401 } });
    await expect(run('ls', vendor.host)).rejects.toMatchObject({ code: 'LF-OCI-003' });
  });

  it('verifies every byte, and finds the one that is another', async () => {
    await push('shop/web', '1.0');
    expect(await run('verify', `${vendor.host}/shop/web:1.0`)).toMatchObject({ manifests: 1, blobs: 2 });
    vendor.fault({ on: 'blob-get', fault: { kind: 'wrong-bytes' } });
    await expect(run('verify', `${vendor.host}/shop/web:1.0`)).rejects.toMatchObject({ code: 'LF-CLI-011' });
  });

  it('verifies what a registry is to hold: not what lies elsewhere by license, and of an index what was asked for', async () => {
    const layers = [Buffer.from('own'), { foreign: 'https://elsewhere.example/layer' }];
    plantImage(vendor.content, 'shop/web', layers, { tag: 'windows' });
    expect(await run('verify', `${vendor.host}/shop/web:windows`)).toMatchObject({ manifests: 1, blobs: 2 });
    const platform = { os: 'linux', architecture: 'arm64' };
    const gone = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: nothing, size: 1, platform };
    const there = { ...plantImage(vendor.content, 'shop/web', []), platform: { ...platform, architecture: 'amd64' } };
    plantIndex(vendor.content, 'shop/web', [there, gone], { tag: '1.0' });
    const verify = ['verify', `${vendor.host}/shop/web:1.0`];
    expect(await run(...verify, '--platform', 'linux/amd64')).toMatchObject({ manifests: 2, blobs: 1 });
    await expect(run(...verify)).rejects.toMatchObject({ code: 'LF-OCI-004' });
  });

  it('carries chosen platforms of an index of indexes, though one of them has none of those', async () => {
    const of = (architecture: string) => ({
      ...plantImage(vendor.content, 'shop/web', [Buffer.from(architecture)]),
      platform: { os: 'linux', architecture },
    });
    const inner = ['amd64', 'arm64'].map((each) => plantIndex(vendor.content, 'shop/web', [of(each)]));
    const outer = plantIndex(vendor.content, 'shop/web', inner, { tag: '1.0' });
    const file = join(dir, 'release.zip');
    await run('export', `${vendor.host}/shop/web:1.0`, '--platform', 'linux/amd64', '--out', file);
    await vendor.stop();
    const sparse = await startFaultRegistry({ habits: { sparseIndexes: true } });
    await run('import', file, '--into', `${sparse.host}/lf`);
    expect(sparse.content.manifest('lf/shop/web', '1.0')?.digest).toBe(outer.digest);
    await sparse.stop();
  });

  it('exports no two things under one name', async () => {
    const other = await startFaultRegistry();
    await push('shop/web', '1.0');
    plantImage(other.content, 'shop/web', [Buffer.from('another')], { tag: '1.0' });
    const references = [vendor, other].map(({ host }) => `${host}/shop/web:1.0`);
    const refused = run('export', ...references, '--out', join(dir, 'x.zip'));
    await expect(refused).rejects.toMatchObject({ code: 'LF-CLI-010' });
    await other.stop();
  });

  it('carries artifacts in one file from one registry to another', async () => {
    const digests = [await push('shop/web', '1.0'), await push('shop/api', '1.0')];
    const file = join(dir, 'release.zip');
    await run('export', `${vendor.host}/shop/web:1.0`, `${vendor.host}/shop/api@${digests[1] ?? ''}`, '--out', file);
    await vendor.stop();
    await run('import', file, '--into', `${own.host}/lf-acme`);
    expect(own.content.manifest('lf-acme/shop/web', '1.0')?.digest).toBe(digests[0]);
    expect(own.content.manifest('lf-acme/shop/api', digests[1] ?? '')).toBeDefined();
    expect(readdirSync(dir)).toEqual(['release.zip']);
  });

  it('does what a file lists', async () => {
    await push('shop/web', '1.0');
    await push('shop/api', '1.0');
    const copy = ['web', 'api'].map((name) => ({
      source: `${vendor.host}/shop/${name}:1.0`,
      destination: `${own.host}/lf/${name}`,
    }));
    writeFileSync(join(dir, 'sync.yaml'), JSON.stringify({ copy }));
    await run('sync', '-f', join(dir, 'sync.yaml'));
    expect([...own.content.repositories.keys()].toSorted()).toEqual(['lf/api', 'lf/web']);
  });

  it('brings the others when one fails, says which, and ends with the code of a failure', async () => {
    const digest = await push('shop/web', '1.0');
    const gone = `sha256:${'0'.repeat(64)}`;
    const copy = [`shop/web@${gone}`, `shop/web@${digest}`].map((source) => ({
      source: `${vendor.host}/${source}`,
      destination: `${own.host}/lf/web`,
    }));
    writeFileSync(join(dir, 'sync.yaml'), JSON.stringify({ copy }));
    const sync = ['sync', '-f', join(dir, 'sync.yaml')];
    await expect(run(...sync)).rejects.toMatchObject({ code: 'LF-OCI-004' });
    await expect(run(...sync, '--keep-going')).rejects.toMatchObject({ code: 'LF-CLI-012', temporary: false });
    expect(JSON.parse(printed.join(''))).toMatchObject({
      results: [{ source: copy[1]?.source, destination: `${own.host}/lf/web@${digest}` }],
      failed: [{ source: copy[0]?.source, code: 'LF-OCI-004' }],
    });
    expect([...own.content.repository('lf/web').tags.values()]).toEqual([digest]);
  });

  it('asks for the tags of the target and for nothing else when a pinned set is there', async () => {
    const copy = [];
    for (const tag of ['1.0', '1.1', '1.2']) {
      copy.push({
        source: `${vendor.host}/shop/web@${await push('shop/web', tag)}`,
        destination: `${own.host}/lf/web`,
      });
    }
    writeFileSync(join(dir, 'sync.yaml'), JSON.stringify({ copy }));
    await run('sync', '-f', join(dir, 'sync.yaml'));
    for (const registry of [vendor, own]) registry.requests.length = 0;
    expect(await run('sync', '-f', join(dir, 'sync.yaml'))).toMatchObject({ bytesCopied: 0 });
    expect([...vendor.requests, ...own.requests].map(({ operation }) => operation)).toEqual(['tags']);
  });

  it('carries chosen platforms and every kind of signature, too', async () => {
    const image = (arch: string) =>
      plantImage(vendor.content, 'shop/web', [Buffer.from(arch)], { config: Buffer.from(arch) });
    const platform = (architecture: string) => ({ ...image(architecture), platform: { os: 'linux', architecture } });
    const [amd64, arm64] = [platform('amd64'), platform('arm64')];
    const index = plantIndex(vendor.content, 'shop/web', [amd64, arm64], { tag: '1.0' });
    const signature = plantImage(vendor.content, 'shop/web', [Buffer.from('signature')], { subject: index });
    const cosignTag = `${index.digest.replace(':', '-')}.sig`;
    const cosign = plantImage(vendor.content, 'shop/web', [Buffer.from('cosign')], { tag: cosignTag });
    const file = join(dir, 'release.zip');
    await run('export', `${vendor.host}/shop/web:1.0`, '--platform', 'linux/amd64', '--referrers', '--out', file);
    await vendor.stop();
    // As ECR: an index may be stored without some of its children. And no referrers API: the tag schema.
    const sparse = await startFaultRegistry({ habits: { sparseIndexes: true, referrers: false } });
    await run('import', file, '--into', `${sparse.host}/lf`);
    const held = sparse.content.repository('lf/shop/web');
    expect(held.tags.get('1.0')).toBe(index.digest);
    expect([...held.manifests.keys()]).toEqual(
      expect.arrayContaining([index.digest, amd64.digest, signature.digest, cosign.digest]),
    );
    expect(held.manifests.has(arm64.digest)).toBe(false);
    expect(held.tags.get(cosignTag)).toBe(cosign.digest);
    const found = Buffer.from(sparse.content.manifest('lf/shop/web', cosignTag.slice(0, -4))?.bytes ?? []);
    expect(found.toString()).toContain(signature.digest);
    await sparse.stop();
  });

  it.each([
    ['a folder', 'oci:layout'],
    ['a tar file', 'oci-archive:layout.tar'],
  ])('copies into a layout that is %s, and out of it', async (_, name) => {
    const digest = await push('shop/web', '1.0');
    const layout = name.replace(':', `:${dir}/`);
    await run('copy', `${vendor.host}/shop/web:1.0`, `${layout}:1.0`);
    await vendor.stop();
    await run('copy', layout, `${own.host}/a:1.0`);
    await run('copy', `${layout}:1.0`, `${own.host}/b`);
    expect(['a', 'b'].map((repository) => own.content.manifest(repository, digest)?.digest)).toEqual([digest, digest]);
  });

  it.each([
    ['an export', (file: string) => ['export', `${vendor.host}/shop/web:1.0`, '--out', file]],
    ['a copy into a tar file', (file: string) => ['copy', `${vendor.host}/shop/web:1.0`, `oci-archive:${file}`]],
    ['a copy into a registry', () => ['copy', `${vendor.host}/shop/web:1.0`, `${own.host}/shop/web`]],
  ])('ends %s at Ctrl-C, says so, leaves nothing half written, and the same command goes on', async (_, command) => {
    await push('shop/web', '1.0');
    const args = command(join(dir, 'file'));
    vendor.fault({ on: 'blob-get', fault: { kind: 'drip', bytes: 1, everyMs: 1000 } });
    const running = run(...args);
    const asked = (): boolean => vendor.requests.some(({ operation }) => operation === 'blob-get');
    await vi.waitUntil(asked, 15_000);
    process.emit('SIGINT', 'SIGINT');
    await expect(running).rejects.toMatchObject({ code: 'LF-CLI-013', temporary: true });
    expect(readdirSync(dir)).toEqual([]);
    vendor.clearFaults();
    await run(...args);
  });

  it('leaves no archive where a copy into one failed', async () => {
    await expect(run('copy', `${vendor.host}/shop/none:1.0`, `oci-archive:${dir}/layout.tar`)).rejects.toMatchObject({
      code: 'LF-OCI-004',
    });
    expect(readdirSync(dir)).toEqual([]);
  });

  it.each([
    ['a destination with a digest', ['copy', 'a.example/b', `c.example/d@sha256:${'0'.repeat(64)}`]],
    ['a layout with a digest as the destination', ['copy', 'a.example/b', `oci:x@sha256:${'0'.repeat(64)}`]],
    ['a rate that is none', ['copy', 'a.example/b', 'c.example/d', '--rate', 'fast']],
    ['no requests at a time', ['copy', 'a.example/b', 'c.example/d', '--concurrency', '0']],
    ['a platform that is none', ['copy', 'a.example/b', 'c.example/d', '--platform', 'linux']],
    ['a repository with a tag', ['ls', 'a.example/b:1']],
  ])('refuses %s before anything is asked', async (_, args) => {
    const program = new Command().exitOverride();
    registerMirrorCommands(program);
    await expect(program.parseAsync(['mirror', ...args], { from: 'user' })).rejects.toMatchObject({
      code: 'LF-CLI-010',
    });
  });
});
