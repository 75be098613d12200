import { join } from 'node:path';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { systemClock } from '../../contract/index.ts';
import { createHelm, createProcessRunner, type Helm } from '../../engines/index.ts';
import { copyArtifact, createRegistryClient, openLayout, registryStore } from '../../oci/index.ts';
import { requireEngines } from '../tools/index.ts';
import {
  type Cluster,
  type Ground,
  openGround,
  type Registry,
  startCluster,
  startRegistry,
  waitUntil,
} from '../world/index.ts';
import { prepareStreaming, type StreamingVersion, streamingVersions } from './index.ts';

const engines = await requireEngines(
  'nodes',
  'etcd',
  'kube-apiserver',
  'kubelet',
  'kube-proxy',
  'registry',
  'helm',
  'nats',
);
const namespace = 'streaming';
const deploymentPath = `/apis/apps/v1/namespaces/${namespace}/deployments/gateway`;

describe.skipIf(!engines.available)('the example product on real nodes', () => {
  let ground: Ground;
  let cluster: Cluster;
  let registry: Registry;
  let helm: Helm;
  let address: string;

  beforeAll(async () => {
    ground = await openGround({ say: () => undefined });
    registry = await startRegistry(ground, { name: 'account' });
    const { host, username, password } = registry;
    cluster = await startCluster(ground, { imageCredentials: { host, get: async () => ({ username, password }) } });
    helm = createHelm({
      binary: engines.path('helm'),
      homeDir: join(ground.dir, 'helm'),
      connection: { kind: 'kubeconfig', path: cluster.adminKubeconfigPath },
      runProcess: createProcessRunner({ clock: systemClock }),
    });
    await pushImages(registry, ground);
    await create(cluster, '/api/v1/namespaces', { metadata: { name: namespace } });
    const token = { metadata: { name: 'clients' }, stringData: { token: 'a-token-of-clients' } };
    await create(cluster, `/api/v1/namespaces/${namespace}/secrets`, token);
    const broker = { image: `${host}/streaming/images/broker` };
    const chart = join(await prepare('1.0.0'), 'charts/broker');
    await helm.upgradeInstall({
      name: 'broker',
      namespace,
      chart,
      values: [broker],
      timeoutMs: 60_000,
      wait: 'watcher',
    });
    await apply('1.0.0', 'watcher');
    address = await clusterIp(cluster, 'gateway');
  });
  afterAll(async () => ground?.close());

  async function apply(version: StreamingVersion, wait: 'watcher' | 'hookOnly'): Promise<void> {
    const place = `${registry.host}/streaming/images`;
    const values = {
      images: { gateway: `${place}/gateway`, migrate: `${place}/migrate` },
      bucket: 'the-bucket',
      token: { secretName: 'clients', secretKey: 'token' },
      engines: { batch: { enabled: true } },
    };
    const chart = join(await prepare(version), 'charts/gateway');
    await helm.upgradeInstall({ name: 'gateway', namespace, chart, values: [values], timeoutMs: 60_000, wait });
  }

  it('answers from two nodes, takes events with the token only, and passes its own test', async () => {
    expect(await ask(address)).toEqual({ version: '1.0.0', bucket: 'the-bucket', engine: 'streaming,batch' });
    expect(new Set(await nodesOf(cluster)).size).toBe(2);
    const url = `http://${address}/publish/orders`;
    const authorization = 'Bearer a-token-of-clients';
    expect((await request(url, { method: 'POST', body: 'hello' })).statusCode).toBe(401);
    expect((await request(url, { method: 'POST', body: 'hello', headers: { authorization } })).statusCode).toBe(202);
    await helm.test({ name: 'gateway', namespace, timeoutMs: 30_000 });
  });

  it('is upgraded without a gap: a client that asks all the time always gets an answer', async () => {
    const failures: string[] = [];
    const ending = new AbortController();
    let asked = 0;
    const asking = (async () => {
      while (!ending.signal.aborted) {
        await ask(address).catch((error: unknown) => failures.push(String(error)));
        asked++;
        await systemClock.sleep(20);
      }
    })();
    await apply('1.1.0', 'watcher');
    await waitUntil(async () => (await nodesOf(cluster)).length === 2, {
      what: 'only two gateways are left',
      timeoutMs: 30_000,
    });
    ending.abort();
    await asking;
    expect(asked).toBeGreaterThan(50);
    expect(failures).toEqual([]);
    expect(await ask(address)).toMatchObject({ version: '1.1.0' });
    expect(new Set(await nodesOf(cluster)).size).toBe(2);
  });

  it('keeps answering with 1.1.0 while 1.2.0 never gets ready', async () => {
    await apply('1.2.0', 'hookOnly');
    await waitUntil(
      async () => {
        const { body } = await cluster.admin.call('GET', deploymentPath);
        const { status } = z.object({ status: z.record(z.string(), z.unknown()) }).parse(body);
        const { updatedReplicas, unavailableReplicas, readyReplicas } = status;
        return updatedReplicas === 1 && unavailableReplicas === 1 && readyReplicas === 2;
      },
      { what: 'one gateway of 1.2.0 is there and not ready, beside two of 1.1.0 that are', timeoutMs: 20_000 },
    );
    expect(await ask(address)).toMatchObject({ version: '1.1.0' });
  });

  function prepare(version: StreamingVersion): Promise<string> {
    return prepareStreaming(version, { say: () => undefined });
  }

  async function pushImages(registry: Registry, ground: Ground): Promise<void> {
    const { host, username, password } = registry;
    const credentials = () => Promise.resolve({ username, password });
    const client = createRegistryClient({ host, ca: ground.authority.certificatePem, credentials });
    for (const version of streamingVersions) {
      const from = await openLayout(join(await prepare(version), 'images'));
      for (const { annotations } of await from.roots()) {
        const reference = annotations?.['org.opencontainers.image.ref.name'] ?? '';
        const [, name = '', tag = ''] = /^streaming\.example\/(\w+):(.+)$/.exec(reference) ?? [];
        await copyArtifact({ from, to: registryStore(client, `streaming/images/${name}`), digest: reference, tag });
      }
    }
    await client.close();
  }
});

async function create(cluster: Cluster, path: string, object: object): Promise<void> {
  const answer = await cluster.admin.call('POST', path, object);
  expect(answer.status).toBe(201);
}

async function ask(address: string): Promise<unknown> {
  const options = { headersTimeout: 1000, bodyTimeout: 1000, reset: true };
  const { statusCode, body } = await request(`http://${address}/version`, options);
  if (statusCode !== 200) throw new Error(`HTTP ${statusCode}`);
  return body.json();
}

async function clusterIp(cluster: Cluster, name: string): Promise<string> {
  const { body } = await cluster.admin.call('GET', `/api/v1/namespaces/${namespace}/services/${name}`);
  return z.object({ spec: z.object({ clusterIP: z.string() }) }).parse(body).spec.clusterIP;
}

/** The node of every gateway that is there, ready or not. */
async function nodesOf(cluster: Cluster): Promise<string[]> {
  const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=app.kubernetes.io%2Fname%3Dgateway`;
  const { body } = await cluster.admin.call('GET', path);
  const pods = z.object({ items: z.array(z.object({ spec: z.object({ nodeName: z.string().default('') }) })) });
  return pods.parse(body).items.map(({ spec }) => spec.nodeName);
}
