import fs, {
  mkdirSync,
  createWriteStream,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ZipFile } from 'yazl';
import {
  type Artifact,
  type Clock,
  LandfallError,
  type Release,
  artifactSchema,
  mediaTypes,
  releaseSchema,
} from '../../contract/index.ts';
import {
  type ContentSource,
  type MirrorProgress,
  copyArtifact,
  packArtifact,
  packIndex,
  registryStore,
  directoryEntries,
  writeTar,
} from '../../oci/index.ts';
import type { Effects } from '../ports.ts';
import { createStore } from '../store/index.ts';
import { createAutoClock } from '../testing/auto-clock.ts';
import { createFakeKubernetes } from '../testing/index.ts';
import { createMirror } from './mirror.ts';
import { createKeptReleases } from './garbage/kept-releases.ts';
import { createMirrorRecord } from './record.ts';
import { memoryRegistry } from './testing/memory-registry.ts';
import { memoryOwnRegistry } from './testing/own-registry.ts';
import { unzip } from './unzip.ts';

const never = new AbortController().signal;
const directly: Effects = { run: (_kind, _about, fn) => fn({ signal: never, onSpawn: () => Promise.resolve() }) };
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'landfall-mirror-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function zipOf(file: string, entries: Record<string, { text: string; mode?: number }>): Promise<string> {
  const zip = new ZipFile();
  for (const [name, { text, mode = 0o644 }] of Object.entries(entries)) {
    zip.addBuffer(Buffer.from(text), name, { mode: mode | 0o100000 });
  }
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(file));
  return file;
}

/** A vendor's registry with one release of each kind of artifact, and an empty registry of the customer's. */
async function registries() {
  const vendor = memoryRegistry('vendor.test');
  const own = memoryRegistry('own.test');
  const push = async (repository: string, from: ContentSource, digest: string): Promise<Artifact> => {
    const to = registryStore(vendor, repository);
    const pushed = await to.getManifest((await copyArtifact({ from, to, digest })).digest);
    return artifactSchema.parse({ ...pushed, repository, size: pushed.bytes.byteLength });
  };
  const chart = await packArtifact({
    artifactType: mediaTypes.helmConfig,
    layers: [{ mediaType: mediaTypes.helmChart, bytes: Buffer.from('the chart') }],
  });
  const source = join(dir, 'module');
  await mkdir(source);
  writeFileSync(join(source, 'main.tf'), 'output "x" { value = 1 }');
  const tar = join(dir, 'module.tgz');
  await writeTar(tar, await directoryEntries(source));
  const module = await packArtifact({
    artifactType: mediaTypes.module,
    layers: [{ mediaType: mediaTypes.module, path: tar }],
  });
  const zip = await zipOf(join(dir, 'provider.zip'), {
    'terraform-provider-x_v1': { text: 'a program', mode: 0o755 },
    LICENSE: { text: 'free' },
  });
  const target = await packArtifact({
    artifactType: mediaTypes.providerTarget,
    layers: [{ mediaType: 'archive/zip', path: zip }],
  });
  const provider = packIndex({
    artifactType: mediaTypes.provider,
    manifests: [{ artifact: target, platform: { os: 'linux', architecture: 'amd64' } }],
  });
  const artifacts = {
    chart: await push('shop/charts/web', chart, chart.manifest.digest),
    module: await push('shop/modules/bucket', module, module.manifest.digest),
    provider: await push('shop/providers/x', provider, provider.manifest.digest),
  };
  const release: Release = releaseSchema.parse({
    apiVersion: 'landfall.dev/v1',
    kind: 'Release',
    product: 'shop',
    title: 'Shop',
    version: '1.0.0',
    inputs: { schema: { type: 'object' } },
    components: [
      {
        kind: 'terraform',
        name: 'bucket',
        module: artifacts.module,
        providers: [
          {
            source: 'registry.opentofu.org/acme/x',
            version: '1.2.3',
            platform: 'linux_amd64',
            artifact: artifacts.provider,
          },
        ],
      },
      {
        kind: 'helm',
        name: 'web',
        namespace: 'shop',
        releaseName: 'web',
        chart: artifacts.chart,
        chartVersion: '1.0.0',
        images: [],
      },
    ],
    permissions: [],
  });
  vendor.requests.length = 0;
  const kubernetes = createFakeKubernetes();
  const ownRegistry = memoryOwnRegistry(own, 'lf-acme');
  const start = (clock: Clock = createAutoClock()) => {
    const store = createStore({ kubernetes, namespace: 'landfall-system', epoch: () => 1 });
    return createMirror({
      vendor: { at: () => vendor },
      own: ownRegistry,
      record: createMirrorRecord(store),
      kept: createKeptReleases(store),
      effects: directly,
      events: { event: () => undefined, componentState: () => undefined, log: () => undefined },
      clock,
      keepReleases: 3,
      copy: { platforms: [], referrers: true },
      inUse: async () => new Set(),
    });
  };
  const ensure = (mirror = start()) =>
    mirror.ensure(release, 'vendor.test', { onProgress: () => undefined, signal: never });
  return { vendor, own, release, artifacts, start, ensure, made: ownRegistry.repositories };
}

describe('the mirror', () => {
  it('copies everything a release names under the prefix, with the tag that keeps it, and makes the repositories', async () => {
    const { own, ensure, artifacts, made } = await registries();
    await ensure();
    for (const { repository, digest } of Object.values(artifacts)) {
      expect(own.has(`lf-acme/${repository}`, digest)).toBe(true);
      expect(own.has(`lf-acme/${repository}`, `lf-${digest.slice(7)}`)).toBe(true);
      expect([...made]).toContain(`lf-acme/${repository}`);
    }
  });

  it('asks no registry at all when everything is there, also after a restart', async () => {
    const { own, vendor, ensure, start } = await registries();
    await ensure();
    own.requests.length = 0;
    vendor.requests.length = 0;
    await ensure(start());
    expect([...own.requests, ...vendor.requests]).toEqual([]);
  });

  it('goes on where it was cut off', async () => {
    const { own, vendor, ensure } = await registries();
    vendor.before = (request) => {
      if (request === 'GET blob shop/providers/x')
        throw new LandfallError('LF-OCI-002', 'the connection broke', { temporary: true });
    };
    await expect(ensure()).rejects.toMatchObject({ code: 'LF-OCI-002', temporary: true });
    vendor.before = () => undefined;
    await ensure();
    expect(own.requests.filter((request) => request === 'PUT blob lf-acme/shop/charts/web')).toHaveLength(2); // its config and its layer, once
  });

  it('tells how far it is although the time of day is set back', async () => {
    const { start, release } = await registries();
    let elapsed = 0;
    let day = Date.UTC(2026, 0, 6);
    // Between any two looks two seconds pass, and the time of day goes the other way.
    const sleep = (): Promise<void> => Promise.resolve();
    const clock: Clock = { now: () => new Date((day -= 2_000)), elapsed: () => (elapsed += 2_000), sleep };
    const done: number[] = [];
    const onProgress = ({ items }: MirrorProgress): void => void done.push(items.done);
    await start(clock).ensure(release, 'vendor.test', { onProgress, signal: never });
    expect(done.filter((items) => items < 3).length).toBeGreaterThan(1);
  });

  it('reads from nowhere else afterwards', async () => {
    const { vendor, ensure, start, release, artifacts } = await registries();
    await ensure();
    vendor.before = () => {
      throw new Error("the vendor's registry was asked");
    };
    const mirror = start();
    await mirror.fetchChart(artifacts.chart, join(dir, 'out/web.tgz'), never);
    await mirror.fetchModule(artifacts.module, join(dir, 'out/module'), never);
    const providers = release.components.flatMap((component) =>
      component.kind === 'terraform' ? component.providers : [],
    );
    const left = join(dir, `out/providers/.partial-${artifacts.provider.digest.slice(7)}-linux_amd64`);
    mkdirSync(left, { recursive: true });
    writeFileSync(join(left, 'provider.zip'), 'half of it, by a runner that was killed');
    await mirror.fetchProviders(providers, join(dir, 'out/providers'), never);
    expect(readFileSync(join(dir, 'out/web.tgz'), 'utf8')).toBe('the chart');
    expect(readFileSync(join(dir, 'out/module/main.tf'), 'utf8')).toContain('output');
    const program = join(dir, 'out/providers/registry.opentofu.org/acme/x/1.2.3/linux_amd64/terraform-provider-x_v1');
    expect(statSync(program).mode & 0o111).toBe(0o111);
    expect(readdirSync(join(dir, 'out/providers')).sort()).toEqual(['.digests', 'registry.opentofu.org']);
    // Of another release that pinned other bytes under the same version: not what this one wants.
    const [origin = ''] = readdirSync(join(dir, 'out/providers/.digests'));
    writeFileSync(program, 'another program');
    await mirror.fetchProviders(providers, join(dir, 'out/providers'), never);
    expect(readFileSync(program, 'utf8')).toBe('another program');
    writeFileSync(join(dir, 'out/providers/.digests', origin), `sha256:${'0'.repeat(64)}`);
    await mirror.fetchProviders(providers, join(dir, 'out/providers'), never);
    expect(readFileSync(program, 'utf8')).toBe('a program');
  });

  it('has a file on the disk before it has its name', async () => {
    const { ensure, start, artifacts } = await registries();
    await ensure();
    const file = join(dir, 'web.tgz');
    const named: boolean[] = [];
    const fsync = fs.fsync.bind(fs);
    const spy = vi.spyOn(fs, 'fsync').mockImplementation((fd, done) => {
      named.push(existsSync(file));
      fsync(fd, done);
    });
    await start().fetchChart(artifacts.chart, file, never);
    spy.mockRestore();
    expect([named, existsSync(file)]).toEqual([[false], true]);
  });

  it('copies again what it believed to be there, after saying so', async () => {
    const { own, ensure, start, artifacts } = await registries();
    const mirror = start();
    await ensure(mirror);
    own.forget('lf-acme/shop/charts/web');
    const fetch = (): Promise<void> => mirror.fetchChart(artifacts.chart, join(dir, 'web.tgz'), never);
    await expect(fetch()).rejects.toMatchObject({ code: 'LF-RUNNER-065', temporary: true });
    await ensure(mirror);
    await fetch();
    expect(existsSync(join(dir, 'web.tgz'))).toBe(true);
  });

  it('names an artifact by its place and digest', async () => {
    const { start, artifacts } = await registries();
    expect(start().referenceOf(artifacts.chart)).toBe(`own.test/lf-acme/shop/charts/web@${artifacts.chart.digest}`);
  });
});

describe('unpacking', () => {
  const unpack = (file: string, maxBytes = 1_000_000): Promise<void> =>
    unzip(file, join(dir, 'into'), { maxBytes, signal: never });

  it('refuses a link', async () => {
    const zip = new ZipFile();
    zip.addBuffer(Buffer.from('/etc/passwd'), 'link', { mode: 0o120777 });
    zip.end();
    await pipeline(zip.outputStream, createWriteStream(join(dir, 'x.zip')));
    await expect(unpack(join(dir, 'x.zip'))).rejects.toMatchObject({ code: 'LF-RUNNER-066' });
  });

  it('refuses a name that leads out of the folder', async () => {
    const file = await zipOf(join(dir, 'x.zip'), { 'aa/evil': { text: 'x' } });
    const bytes = readFileSync(file);
    for (let at = bytes.indexOf('aa/evil'); at >= 0; at = bytes.indexOf('aa/evil')) bytes.write('../evil', at);
    writeFileSync(file, bytes);
    await expect(unpack(file)).rejects.toMatchObject({ code: 'LF-RUNNER-066' });
    expect(existsSync(join(dir, 'evil'))).toBe(false);
  });

  it('refuses what unpacks to more than it may', async () => {
    const file = await zipOf(join(dir, 'x.zip'), { zeros: { text: '0'.repeat(200_000) } });
    await expect(unpack(file, 100_000)).rejects.toMatchObject({ code: 'LF-RUNNER-066' });
  });

  it('refuses what is no archive', async () => {
    writeFileSync(join(dir, 'x.zip'), 'hello');
    await expect(unpack(join(dir, 'x.zip'))).rejects.toMatchObject({ code: 'LF-RUNNER-066' });
  });
});
