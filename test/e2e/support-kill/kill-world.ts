import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Agent } from 'undici';
import * as z from 'zod';
import { generateKeyPair, localSigner, systemClock } from '../../../contract/index.ts';
import { startWorld, tokenKubeconfig, type World } from '../../../dev/index.ts';
import { type RunnerPrograms, writeRunnerPrograms } from '../../../dev/images/bundle-runner.ts';
import { type ControlPlaneApi, controlPlaneApi } from '../../../dev/story/control-plane-api.ts';
import { createRegistryClient } from '../../../oci/index.ts';
import { buildRelease, createBuildEngines, publishRelease } from '../../../release/index.ts';
import { type RunnerConfig, runnerConfigSchema } from '../../../runner/index.ts';
import { bucket, clusterName, furnishAccount, runnerAccount } from './account.ts';
import { product, type Shape, writeProduct } from './product.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..', '..');
export const install = 'acme';
const channel = 'stable';

/** A control plane as a world is given one: where it is, whom it lets in, and its key. */
export type PlaneOfWorld = { url: string; adminToken: string; pipelineToken: string; publicKeyPem: string };

export type KillWorld = {
  world: World;
  api: ControlPlaneApi;
  /** Builds, pushes, registers and promotes a version of the small product; when it was asked for the last, in milliseconds since 1970. */
  publish(version: string, shape?: Shape): Promise<number>;
  /** Of the one install; with Pod Identity and a service account's token, as the chart's rights allow. Written to `configPath`. */
  config: RunnerConfig;
  configPath: string;
  /** The runner's bundle, as its image has it. */
  bundle: string;
  close(): Promise<void>;
};

/** A whole world with simulated nodes, a customer's account and cluster with the runner's chart in it, and a vendor with a small product. */
export async function startKillWorld(
  tools: { helm: string; tofu: string },
  startPlane: (world: World) => Promise<PlaneOfWorld>,
): Promise<KillWorld> {
  const world = await startWorld({ say: () => undefined, nodes: 'kwok' });
  const dir = join(world.dir, 'test');
  await mkdir(dir);
  const [plane] = await Promise.all([startPlane(world), furnishAccount(world.cloud)]);
  const caPem = world.ca.certificatePem;
  const pipeline = generateKeyPair('ed25519');
  const api = controlPlaneApi({ url: plane.url, token: plane.adminToken, caPem });
  const anything = z.unknown();
  await api.call('POST', '/v1/products', anything, {
    name: product,
    title: 'Shop',
    releaseKeys: [pipeline.publicKeyPem],
  });
  await api.call('POST', `/v1/products/${product}/channels`, anything, { name: channel });
  await api.call('POST', '/v1/installs', anything, { id: install, product, channel });
  const programs = await writeRunnerPrograms(dir);
  const config = await installRunner(world, { dir, tools, programs, plane, api, releaseKeyPem: pipeline.publicKeyPem });
  const configPath = join(dir, 'runner.json');
  await writeFile(configPath, JSON.stringify(config));

  const registry = createRegistryClient({
    host: world.vendorRegistry.host,
    ca: caPem,
    clock: systemClock,
    credentials: () => Promise.resolve(world.vendorRegistry),
  });
  let asked = 0;
  const dispatcher = new Agent({ connect: { ca: caPem } }).compose((dispatch) => (request, handler) => {
    asked = Date.now();
    return dispatch(request, handler);
  });
  const cacheDir = join(dir, 'build');
  const providersDir = join(dir, 'no-providers');
  await mkdir(providersDir);
  const buildEngines = await createBuildEngines({ ...tools, cacheDir });
  const layoutDir = join(dir, 'releases');
  return {
    world,
    api,
    config,
    configPath,
    bundle: programs.main,
    publish: async (version, shape = {}) => {
      await buildRelease({
        ...buildEngines,
        productFile: await writeProduct(join(dir, 'product'), version, shape, cacheDir),
        version,
        outDir: layoutDir,
        signer: localSigner(pipeline.privateKeyPem),
        registries: () => undefined,
        providersDir,
        cacheDir,
        say: () => undefined,
      });
      await publishRelease({
        layoutDir,
        product,
        version,
        registry,
        controlPlane: { url: plane.url, token: plane.pipelineToken, dispatcher },
        channel,
        say: () => undefined,
      });
      return asked;
    },
    close: async () => {
      buildEngines.close();
      await Promise.all([api.close(), dispatcher.destroy(), registry.close()]);
      await world.stop();
    },
  };
}

/** The runner's chart with its rights, CRD and policy; its own pod only pretends to run, on a simulated node. The process takes its place. */
async function installRunner(
  world: World,
  given: {
    dir: string;
    tools: { helm: string; tofu: string };
    programs: RunnerPrograms;
    plane: PlaneOfWorld;
    api: ControlPlaneApi;
    releaseKeyPem: string;
  },
): Promise<RunnerConfig> {
  const { dir, tools, programs, plane } = given;
  const { cloud } = world;
  const caPem = world.ca.certificatePem;
  const prefix = `lf-${install}`;
  const { admin } = world.cluster;
  const { namespace, name } = runnerAccount;
  const place = { region: cloud.region, account: cloud.accountId };
  const values = {
    install: { id: install, product, ...place, cluster: clusterName, prefix },
    image: { repository: `${cloud.registry.host}/runner`, digest: `sha256:${'0'.repeat(64)}` },
    registry: { host: cloud.registry.host, prefix },
    state: { bucket, region: cloud.region },
    controlPlane: { url: plane.url, caPem },
    vendorRegistry: { host: world.vendorRegistry.host, caPem },
    trust: { releaseKeys: [given.releaseKeyPem], desiredStateKeys: [plane.publicKeyPem] },
    aws: { endpointUrl: cloud.endpoint },
    extraCaPem: caPem,
  };
  const valuesFile = join(dir, 'values.json');
  await writeFile(valuesFile, JSON.stringify(values));
  const chart = join(root, 'charts', 'runner');
  const args = ['install', name, chart, '--namespace', namespace, '--create-namespace', '--values', valuesFile];
  const env = { KUBECONFIG: world.cluster.adminKubeconfigPath, PATH: '/usr/bin:/bin', HOME: dir };
  await run(tools.helm, args, { env });
  const joinTokens = `/v1/installs/${install}/join-tokens`;
  const { token: joinToken } = await given.api.call('POST', joinTokens, z.object({ token: z.string() }), {});
  await admin.call('POST', `/api/v1/namespaces/${namespace}/secrets`, {
    metadata: { name: 'landfall-handoff' },
    stringData: {
      'join-token': joinToken,
      'vendor-registry-username': world.vendorRegistry.username,
      'vendor-registry-password': world.vendorRegistry.password,
    },
  });
  const tokenOf = async (audiences: string[]): Promise<string> => {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
    const { body } = await admin.call('POST', path, { spec: { audiences, expirationSeconds: 3600 } });
    return z.object({ status: z.object({ token: z.string() }) }).parse(body).status.token;
  };
  const tokenFile = join(dir, 'pod-identity-token');
  await writeFile(tokenFile, await tokenOf(['pods.eks.amazonaws.com']), { mode: 0o600 });
  const kubeconfigPath = join(dir, 'runner.kubeconfig');
  await writeFile(kubeconfigPath, tokenKubeconfig(world.cluster, await tokenOf([])), { mode: 0o600 });
  const { body } = await admin.call('GET', `/api/v1/namespaces/${namespace}/configmaps/landfall-runner`);
  const text = z.object({ data: z.object({ 'config.json': z.string() }) }).parse(body).data['config.json'];
  return runnerConfigSchema.parse({
    ...JSON.parse(text),
    aws: { endpointUrl: cloud.endpoint, podIdentity: { credentialsUri: cloud.podIdentity.hostUrl, tokenFile } },
    ending: null,
    kubernetes: { kind: 'kubeconfig', path: kubeconfigPath },
    workDir: join(dir, 'runner'),
    ledgerDir: '',
    health: null,
    tools: {
      ...tools,
      postRenderer: { command: process.execPath, args: [programs.postRender] },
      census: { command: process.execPath, args: [programs.census] },
    },
    longestBackoffMs: 1000,
  });
}
