import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { artifactsOf, generateKeyPair, localSigner, type Release, systemClock } from '../../contract/index.ts';
import { buildStreamingRelease } from '../../dev/images/index.ts';
import { requireEngines } from '../../dev/index.ts';
import { createHelm, createProcessRunner, createTofu, writeCliConfig } from '../../engines/index.ts';
import {
  copyArtifact,
  createRegistryClient,
  openLayout,
  parseManifest,
  type RegistryClient,
  registryStore,
} from '../../oci/index.ts';
import { startDistribution } from '../../test/registry/start-distribution.ts';
import type { Effects, Mirror } from '../ports.ts';
import { createStore } from '../store/index.ts';
import { createFakeKubernetes } from '../testing/index.ts';
import { createKeptReleases } from './garbage/kept-releases.ts';
import { createMirror } from './mirror.ts';
import { createMirrorRecord } from './record.ts';

const engines = await requireEngines('registry', 'helm', 'tofu', 'nats', 'aws-provider');
const never = new AbortController().signal;
const directly: Effects = { run: (_kind, _about, fn) => fn({ signal: never, onSpawn: () => Promise.resolve() }) };

/** Either of the two, the second where this machine has it. */
const terraforms = (): [name: string, binary: string][] => {
  const [terraform = ''] = execFileSync('sh', ['-c', 'command -v terraform || true']).toString().split('\n');
  const tofu: [string, string][] = engines.available ? [['OpenTofu', engines.path('tofu')]] : [];
  return terraform === '' ? tofu : [...tofu, ['Terraform', terraform]];
};

/** The example's release between two registries that are processes: the vendor's is killed once the mirror is full. */
describe.skipIf(!engines.available)('cut-off-after-sync', () => {
  const dir = mkdtempSync(join(tmpdir(), 'cut-off-'));
  const registries: Awaited<ReturnType<typeof startDistribution>>[] = [];
  const clients: RegistryClient[] = [];
  let release: Release;
  let mirror: Mirror;
  let own: RegistryClient;

  const start = async (name: string): Promise<RegistryClient> => {
    mkdirSync(join(dir, name));
    const registry = await startDistribution(engines.path('registry'), join(dir, name));
    const client = createRegistryClient({ host: registry.host, plainHttp: true });
    registries.push(registry);
    clients.push(client);
    return client;
  };

  beforeAll(async () => {
    const layoutDir = join(dir, 'releases');
    const signer = localSigner(generateKeyPair().privateKeyPem);
    ({ release } = await buildStreamingRelease('1.0.0', { say: () => undefined, signer, outDir: layoutDir }));
    const vendor = await start('vendor');
    own = await start('own');
    const from = await openLayout(layoutDir);
    for (const { repository, digest } of artifactsOf(release)) {
      await copyArtifact({ from, to: registryStore(vendor, repository), digest });
    }
    const store = createStore({ kubernetes: createFakeKubernetes(), namespace: 'landfall-system', epoch: () => 1 });
    mirror = createMirror({
      vendor: { at: () => vendor },
      own: {
        client: own,
        host: own.host,
        prefix: 'lf-acme',
        ensureRepository: () => Promise.resolve([]),
        made: () => Promise.resolve(true),
        images: () => Promise.resolve([]),
        deleteImages: () => Promise.resolve('unsupported'),
      },
      record: createMirrorRecord(store),
      kept: createKeptReleases(store),
      effects: directly,
      events: { event: () => undefined, componentState: () => undefined, log: () => undefined },
      clock: systemClock,
      keepReleases: 3,
      copy: { platforms: [], referrers: false },
      inUse: () => Promise.resolve(new Set()),
    });
    await mirror.ensure(release, vendor.host, { onProgress: () => undefined, signal: never });
    await registries[0]?.stop();
    await expect(fetch(`http://${vendor.host}/v2/`)).rejects.toThrow(/fetch failed/);
  });
  afterAll(async () => {
    for (const each of clients) await each.close();
    for (const each of registries) await each.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  it('every chart comes from the mirror, and Helm renders it', async () => {
    const home = join(dir, 'helm');
    const helm = createHelm({
      binary: engines.path('helm'),
      homeDir: home,
      pluginsDir: join(home, 'plugins'),
      connection: { kind: 'none' },
      runProcess: createProcessRunner({ clock: systemClock }),
    });
    const charts = release.components.filter((component) => component.kind === 'helm');
    expect(charts.length).toBeGreaterThan(1);
    for (const { name, namespace, chart } of charts) {
      const file = join(dir, `${name}.tgz`);
      await mirror.fetchChart(chart, file, never);
      const listed = execFileSync('tar', ['tzf', file]).toString();
      expect(listed).toContain('Chart.yaml');
      const values = name === 'gateway' ? [{ bucket: 'events', token: { secretName: 'a', secretKey: 'b' } }] : [];
      expect(await helm.template({ name, namespace, chart: file, values })).toContain('kind: ');
    }
  });

  it.each(terraforms())(
    'every module and its providers come from the mirror, and %s uses them',
    async (name, binary) => {
      const modules = release.components.filter((component) => component.kind === 'terraform');
      expect(modules.length).toBeGreaterThan(0);
      const providers = join(dir, 'providers');
      for (const component of modules) {
        const at = join(dir, name, component.name);
        await mirror.fetchModule(component.module, join(at, 'module'), never);
        await mirror.fetchProviders([...component.providers], providers, never);
        await writeCliConfig(join(at, 'cli.tfrc'), { filesystemMirror: providers });
        const tofu = createTofu({
          binary,
          workDir: join(at, 'module'),
          cliConfigPath: join(at, 'cli.tfrc'),
          runProcess: createProcessRunner({ clock: systemClock }),
        });
        await tofu.init({ backend: false });
        // Starts the provider and asks it for its schemas.
        await tofu.validate();
      }
    },
  );

  it('every image is there whole, blob by blob', async () => {
    const images = release.components.flatMap((component) => ('images' in component ? component.images : []));
    expect(images.length).toBeGreaterThan(2);
    for (const { artifact } of images) {
      const repository = `lf-acme/${artifact.repository}`;
      const pending = [artifact.digest];
      let blobs = 0;
      for (let digest = pending.pop(); digest !== undefined; digest = pending.pop()) {
        const parsed = parseManifest(await own.getManifest(repository, digest));
        if (parsed.kind === 'index') pending.push(...parsed.index.manifests.map((child) => child.digest));
        else {
          for (const each of [parsed.manifest.config, ...parsed.manifest.layers]) {
            let bytes = 0;
            for await (const piece of await own.getBlob(repository, each)) bytes += piece.byteLength;
            expect(bytes).toBe(each.size);
            blobs++;
          }
        }
      }
      expect(blobs).toBeGreaterThan(1);
    }
  });
});
