import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateKeyPair, localSigner, sha256 } from '../contract/index.ts';
import { type Ground, openGround, type Registry, requireEngines, startRegistry } from '../dev/index.ts';
import {
  createChartRepository,
  createNetwork,
  createRegistryClient,
  type CredentialSource,
  parseManifest,
  type RegistryClient,
} from '../oci/index.ts';
import { writeZip } from './archive/zip.ts';
import { buildRelease, type BuiltRelease } from './build.ts';
import { createBuildEngines } from './build-engines.ts';
import { publishRelease } from './publish.ts';

const engines = await requireEngines('registry', 'helm', 'tofu');
const run = promisify(execFile);
const [ownPlatform, otherPlatform] =
  process.arch === 'arm64' ? ['linux_arm64', 'linux_amd64'] : ['linux_amd64', 'linux_arm64'];
const signer = localSigner(generateKeyPair().privateKeyPem);

/** One release whose charts come from a chart repository and a registry, with a provider for two platforms. All of it over TLS of a private authority. */
describe.skipIf(!engines.available)('a release out of real sources', () => {
  const dir = mkdtempSync(join(tmpdir(), 'sources-'));
  let ground: Ground;
  let registry: Registry;
  let client: RegistryClient;
  let built: BuiltRelease;
  const said: string[] = [];
  const otherZip = (): string =>
    join(dir, `providers/registry.opentofu.org/example/cloud/terraform-provider-cloud_1.0.0_${otherPlatform}.zip`);
  const closing: (() => Promise<void> | void)[] = [];
  const login: CredentialSource = () => Promise.resolve({ username: registry.username, password: registry.password });

  beforeAll(async () => {
    ground = await openGround({ nodes: 'kwok', say: () => undefined });
    closing.push(() => ground.close());
    registry = await startRegistry(ground, { name: 'vendor' });
    const network = createNetwork({ ca: ground.authority.certificatePem });
    client = createRegistryClient({ host: registry.host, network, credentials: login });
    closing.push(() => client.close());
    const charts = await chartRepository();
    await pushChart();
    await providers();
    mkdirSync(join(dir, 'module'));
    writeFileSync(join(dir, 'module/main.tf'), moduleText);
    const repository = createChartRepository({
      url: charts.url,
      network,
      credentials: () => Promise.resolve({ username: 'u', password: 'p' }),
    });
    closing.push(() => repository.close());
    const cacheDir = join(dir, 'cache');
    const found = await createBuildEngines({ helm: engines.path('helm'), tofu: engines.path('tofu'), cacheDir });
    closing.push(() => found.close());
    writeFileSync(join(dir, 'landfall.yaml'), productYaml(charts.url, registry.host));
    built = await buildRelease({
      ...found,
      // The provider is data and cannot be started, which `validate` would do.
      tofu: (folders) => ({ ...found.tofu(folders), validate: () => Promise.resolve() }),
      productFile: join(dir, 'landfall.yaml'),
      version: '1.0.0',
      outDir: join(dir, 'out'),
      signer,
      registries: (host) => (host === registry.host ? client : undefined),
      chartRepositories: (url) => (url === charts.url ? repository : undefined),
      providersDir: join(dir, 'providers'),
      cacheDir,
      say: (line) => said.push(line),
    });
    await publishRelease({
      layoutDir: built.layoutDir,
      product: 'shop',
      version: '1.0.0',
      registry: client,
      say: (line) => said.push(line),
    });
  });
  afterAll(async () => {
    for (const close of closing.toReversed()) await close();
    rmSync(dir, { recursive: true, force: true });
  });

  function chartFolder(name: string): string {
    const folder = join(dir, 'charts', name);
    mkdirSync(join(folder, 'templates'), { recursive: true });
    writeFileSync(join(folder, 'Chart.yaml'), `apiVersion: v2\nname: ${name}\nversion: 1.2.3\n`);
    writeFileSync(
      join(folder, 'templates/map.yaml'),
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\n',
    );
    return folder;
  }

  /** `helm package` and `helm repo index`, served as files to those who have the login. */
  async function chartRepository(): Promise<{ url: string }> {
    const served = join(dir, 'served');
    mkdirSync(served);
    await run(engines.path('helm'), ['package', chartFolder('cache'), '--destination', served]);
    await run(engines.path('helm'), ['repo', 'index', served]);
    const { certificatePem: cert, keyPem: key } = await ground.authority.issue({
      commonName: 'charts',
      hosts: ['127.0.0.1'],
      usage: 'server',
    });
    const server = createServer({ cert, key }, (request, response) => {
      const known = request.headers.authorization === `Basic ${Buffer.from('u:p').toString('base64')}`;
      const file = /^\/stable\/([a-z0-9.-]+)$/.exec(request.url ?? '')?.[1];
      try {
        response.end(
          known && file !== undefined ? readFileSync(join(served, file)) : (response.statusCode = 404).toString(),
        );
      } catch {
        response.writeHead(404).end();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(
      () => server.closeAllConnections(),
      () => void server.close(),
    );
    const address = server.address();
    return { url: `https://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/stable` };
  }

  /** As a vendor does: `helm push` to a registry. */
  async function pushChart(): Promise<void> {
    const ca = ground.authority.certificatePath;
    await run(engines.path('helm'), ['package', chartFolder('pushed'), '--destination', dir]);
    const config = join(dir, 'helm-registry.json');
    writeFileSync(config, dockerConfig());
    const push = ['push', join(dir, 'pushed-1.2.3.tgz'), `oci://${registry.host}/charts`, '--ca-file', ca];
    await run(engines.path('helm'), [...push, '--registry-config', config]);
  }

  const dockerConfig = (): string => {
    const auth = Buffer.from(`${registry.username}:${registry.password}`).toString('base64');
    return JSON.stringify({ auths: { [registry.host]: { auth } } });
  };

  /** Unpacked for one platform, for the other as its publisher's zip: a folder of providers may hold both. Data, no program of anybody's. */
  async function providers(): Promise<void> {
    const contents = (platform: string): string => {
      const folder = join(base, '1.0.0', platform);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'terraform-provider-cloud_v1.0.0'), `#!/bin/sh\n# ${platform}\n`, { mode: 0o755 });
      return folder;
    };
    const base = join(dir, 'providers/registry.opentofu.org/example/cloud');
    contents(ownPlatform);
    const other = contents(otherPlatform);
    await writeZip(other, otherZip());
    rmSync(other, { recursive: true });
  }

  it('takes a chart out of a chart repository by the digest of its index', () => {
    const cache = built.release.components.find(({ name }) => name === 'cache');
    expect(cache).toMatchObject({ kind: 'helm', chartVersion: '1.2.3', chart: { repository: 'shop/charts/cache' } });
    expect(said.join('\n')).toMatch(/cache 1\.2\.3 is sha256:[0-9a-f]{64} in https:.*, without provenance/);
  });

  it('takes a chart that was pushed to a registry', () => {
    const pushed = built.release.components.find(({ name }) => name === 'pushed');
    expect(pushed).toMatchObject({ kind: 'helm', chartVersion: '1.2.3', chart: { repository: 'shop/charts/pushed' } });
  });

  it('says its platforms, and has a provider for each under one digest', () => {
    expect(built.release.platforms).toEqual(['linux/amd64', 'linux/arm64']);
    const store = built.release.components.find(({ name }) => name === 'store');
    const found = store?.kind === 'terraform' ? store.providers : [];
    expect(found.map(({ platform }) => platform)).toEqual(['linux_amd64', 'linux_arm64']);
    expect(new Set(found.map(({ artifact }) => artifact.digest)).size).toBe(1);
  });

  it('keeps the zip of the other platform as its publisher made it', async () => {
    const repository = 'shop/providers/example/cloud';
    const index = parseManifest(await client.getManifest(repository, '1.0.0'));
    const children = index.kind === 'index' ? index.index.manifests : [];
    const other = children.find(({ platform }) => `linux_${platform?.architecture}` === otherPlatform);
    const child = parseManifest(await client.getManifest(repository, other?.digest ?? ''));
    const layers = child.kind === 'manifest' ? child.manifest.layers : [];
    const digests = layers.map(({ mediaType, digest }) => [mediaType, digest]);
    expect(digests).toEqual([['archive/zip', sha256(readFileSync(otherZip()))]]);
  });

  it('has providers that OpenTofu itself installs out of the registry', async () => {
    const home = join(dir, 'init');
    mkdirSync(join(home, '.docker'), { recursive: true });
    writeFileSync(join(home, '.docker/config.json'), dockerConfig());
    writeFileSync(join(home, 'main.tf'), moduleText);
    writeFileSync(join(home, 'tofu.rc'), tofuConfig(registry.host));
    const env = {
      PATH: '',
      HOME: home,
      TF_CLI_CONFIG_FILE: join(home, 'tofu.rc'),
      SSL_CERT_FILE: ground.authority.certificatePath,
    };
    const { stdout } = await run(engines.path('tofu'), [`-chdir=${home}`, 'init', '-no-color', '-backend=false'], {
      env,
    });
    expect(stdout).toMatch(/Installed example\/cloud v1\.0\.0/);
    const program = `.terraform/providers/registry.opentofu.org/example/cloud/1.0.0/${ownPlatform}/terraform-provider-cloud_v1.0.0`;
    expect(readFileSync(join(home, program), 'utf8')).toContain(ownPlatform);
  });
});

const moduleText = `terraform {
  required_providers {
    cloud = { source = "registry.opentofu.org/example/cloud", version = "1.0.0" }
  }
}
`;

const tofuConfig = (host: string): string => `provider_installation {
  oci_mirror {
    repository_template = "${host}/shop/providers/\${namespace}/\${type}"
    include             = ["registry.opentofu.org/*/*"]
  }
}
`;

const productYaml = (charts: string, registry: string): string => `apiVersion: landfall.dev/v1
kind: Product
metadata: {name: shop, title: Shop}
platforms: [linux/arm64, linux/amd64]
components:
  - {name: store, kind: terraform, module: ./module}
  - {name: cache, kind: helm, namespace: shop, releaseName: cache, chart: {repository: "${charts}", name: cache, version: 1.2.3}}
  - {name: pushed, kind: helm, namespace: shop, releaseName: pushed, chart: "oci://${registry}/charts/pushed:1.2.3"}
`;
