import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { generateKeyPair, localSigner, payloadTypes } from '../../contract/index.ts';
import { copyArtifact, createRegistryClient, packArtifact, registryStore } from '../../oci/index.ts';
import { type FaultRegistry, startFaultRegistry } from '../../test/registry/fault-registry.ts';
import { type Planted, plantImage, plantIndex } from '../../test/registry/plant.ts';
import { capturedOutput } from '../testing/captured-output.ts';
import { registerMirrorCommands } from './index.ts';

const keys = generateKeyPair();
const image = 'shop/images/web';
const chart = 'shop/charts/web';

let vendor: FaultRegistry;
let own: FaultRegistry;
let dir: string;
let printed: string[];
beforeEach(async () => {
  [vendor, own] = [await startFaultRegistry(), await startFaultRegistry({ habits: { sparseIndexes: true } })];
  dir = mkdtempSync(join(tmpdir(), 'mirror-release-'));
  writeFileSync(join(dir, 'release.pem'), keys.publicKeyPem);
  writeFileSync(join(dir, 'other.pem'), generateKeyPair().publicKeyPem);
  printed = capturedOutput();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all([vendor.stop(), own.stop()]);
  rmSync(dir, { recursive: true, force: true });
});

/** As `release publish` leaves it: an image of two platforms with a signature, a chart, and the release that names both. */
async function publish(): Promise<{ web: Planted; arm64: Planted; signature: Planted; charts: Planted }> {
  const of = (architecture: string) => ({
    ...plantImage(vendor.content, image, [Buffer.from(architecture)], { config: Buffer.from(architecture) }),
    platform: { os: 'linux', architecture },
  });
  const [amd64, arm64] = [of('amd64'), of('arm64')];
  const web = plantIndex(vendor.content, image, [amd64, arm64]);
  const signature = plantImage(vendor.content, image, [Buffer.from('signature')], { subject: web });
  const charts = plantImage(vendor.content, chart, [Buffer.from('chart')]);
  const artifact = (repository: string, { digest, mediaType, size }: Planted) => {
    return { repository, digest, mediaType, size };
  };
  const release = {
    apiVersion: 'landfall.dev/v1',
    kind: 'Release',
    product: 'shop',
    title: 'Shop',
    version: '1.0.0',
    inputs: { schema: { type: 'object' } },
    components: [
      {
        kind: 'helm',
        name: 'web',
        namespace: 'shop',
        releaseName: 'web',
        chart: artifact(chart, charts),
        chartVersion: '1.0.0',
        images: [{ reference: 'registry.example/web:1', artifact: artifact(image, web) }],
      },
    ],
    permissions: [],
  };
  const signed = await localSigner(keys.privateKeyPem).sign(payloadTypes.release, Buffer.from(JSON.stringify(release)));
  const packed = await packArtifact({
    artifactType: 'application/vnd.landfall.release',
    layers: [{ mediaType: 'application/vnd.dsse.envelope.v1+json', bytes: Buffer.from(JSON.stringify(signed)) }],
  });
  const to = registryStore(createRegistryClient({ host: vendor.host, plainHttp: true }), 'shop/releases');
  await copyArtifact({ from: packed, to, digest: packed.descriptor.digest, tag: '1.0.0' });
  return { web, arm64, signature, charts };
}

async function run(...args: string[]): Promise<unknown> {
  const program = new Command().exitOverride();
  registerMirrorCommands(program);
  printed.length = 0;
  await program.parseAsync(['mirror', ...args, '--plain-http', '--json'], { from: 'user' });
  return JSON.parse(printed.join(''));
}

const published = (): string => `${vendor.host}/shop/releases:1.0.0`;
const held = (repository: string) => own.content.repository(`lf-acme/${repository}`);

describe('a published release', () => {
  it('is brought into a registry as the runner would: the prefix, its places, the tag that says that all is there', async () => {
    const { web, arm64, signature, charts } = await publish();
    const sync = ['sync', '--release', published(), '--into', `${own.host}/lf-acme`, '--key', join(dir, 'release.pem')];
    expect(await run(...sync, '--platform', 'linux/amd64', '--referrers')).toMatchObject({ failed: [] });
    expect([...held(chart).tags.values()]).toEqual([charts.digest]);
    expect(held(image).manifests.has(web.digest)).toBe(true);
    expect(held(image).manifests.has(signature.digest)).toBe(true);
    expect(held(image).manifests.has(arm64.digest)).toBe(false);
    await run(...sync);
    expect(held(image).tags.get(`lf-${web.digest.slice(7)}`)).toBe(web.digest);
    expect(held(image).manifests.has(arm64.digest)).toBe(true);
  });

  it('travels in one file, itself included, to where the vendor’s registry cannot be reached', async () => {
    const { web, charts } = await publish();
    const file = join(dir, 'release.zip');
    await run('export', '--release', published(), '--key', join(dir, 'release.pem'), '--out', file);
    await vendor.stop();
    await run('import', file, '--into', `${own.host}/lf-acme`);
    expect(held(image).tags.get(`lf-${web.digest.slice(7)}`)).toBe(web.digest);
    expect(held(chart).tags.get(`lf-${charts.digest.slice(7)}`)).toBe(charts.digest);
    expect(held('shop/releases').tags.has('1.0.0')).toBe(true);
  });

  it('is refused when another key signed it, and nothing of it is copied', async () => {
    await publish();
    const key = ['--key', join(dir, 'other.pem')];
    const refused = { code: 'LF-CONTRACT-006' };
    const sync = run('sync', '--release', published(), '--into', `${own.host}/lf-acme`, ...key);
    await expect(sync).rejects.toMatchObject(refused);
    const out = join(dir, 'release.zip');
    await expect(run('export', '--release', published(), ...key, '--out', out)).rejects.toMatchObject(refused);
    expect(own.content.repositories.size).toBe(0);
    expect(() => readFileSync(out)).toThrow(/ENOENT/);
  });

  it('that is not there, or is another thing, is told', async () => {
    await publish();
    const into = ['--into', `${own.host}/lf-acme`];
    const none = run('sync', '--release', `${vendor.host}/shop/releases:2.0.0`, ...into);
    await expect(none).rejects.toMatchObject({ code: 'LF-RELEASE-011' });
    const plain = plantImage(vendor.content, image, [Buffer.from('{}')], { tag: 'plain' });
    const other = run('sync', '--release', `${vendor.host}/${image}@${plain.digest}`, ...into);
    await expect(other).rejects.toMatchObject({ code: 'LF-CONTRACT-004' });
  });

  it.each([
    ['neither a file nor a release', ['sync']],
    ['a release and nowhere to go', ['sync', '--release', 'a.example/shop/releases:1']],
    ['a release and a file', ['sync', '--release', 'a.example/r:1', '--into', 'b.example', '-f', 'x.yaml']],
    ['an export of nothing', ['export', '--out', 'x.zip']],
  ])('%s is refused before anything is asked', async (_, args) => {
    await expect(run(...args)).rejects.toMatchObject({ code: 'LF-CLI-010' });
  });
});
