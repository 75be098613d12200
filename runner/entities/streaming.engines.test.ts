import { createHmac } from 'node:crypto';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  artifactsOf,
  type Entity,
  generateKeyPair,
  localSigner,
  releaseSchema,
  systemClock,
} from '../../contract/index.ts';
import { buildStreamingRelease, prepareStreaming } from '../../dev/images/index.ts';
import { type Registry, requireEngines, startRegistry } from '../../dev/index.ts';
import { createHelm, createProcessRunner } from '../../engines/index.ts';
import { copyArtifact, createRegistryClient, openLayout, parseManifest, registryStore } from '../../oci/index.ts';
import { startEntitiesInCluster } from '../testing/entities-in-cluster.ts';
import { lastGoodWith, listOf } from '../testing/fake-entities.ts';
import { type RealCluster, startRealCluster } from '../testing/real-cluster.ts';

const engines = await requireEngines(
  ...(['nodes', 'etcd', 'kube-apiserver', 'kubelet', 'kube-proxy', 'registry'] as const),
  ...(['helm', 'tofu', 'nats', 'aws-provider'] as const),
);
const namespace = 'streaming';
const key = 'the-customers-key';
const all = (pick: string, generation = 1): Entity[] => [
  { type: 'batchExporters', name: 'orders', generation: 1, spec: { stream: 'orders', everySeconds: 1 } },
  { type: 'batchJobs', name: 'by-kind', generation: 1, spec: { stream: 'orders', countBy: 'kind' } },
  { type: 'streams', name: 'orders', generation, spec: { pick, connector: 'warehouse' } },
  {
    ...{ type: 'dataConnectors', name: 'warehouse', generation: 1 },
    spec: { secret: { namespace: 'customer', name: 'warehouse' } },
  },
];
const monitorSchema = z.object({
  streams: z.number(),
  account_details: z
    .array(z.object({ stream_detail: z.array(z.object({ name: z.string(), consumer_detail: z.unknown() })).nullish() }))
    .nullish(),
});

describe.skipIf(!engines.available)('the entities of the example product on real nodes', () => {
  let dir: string;
  let world: RealCluster;
  let entities: Awaited<ReturnType<typeof startEntitiesInCluster>> | undefined;
  let broker: string;
  const order: string[] = [];

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'landfall-stream-'));
    const say = (): void => undefined;
    const signer = localSigner(generateKeyPair().privateKeyPem);
    const { release } = await buildStreamingRelease('1.0.0', { say, signer, outDir: join(dir, 'release') });
    let registry: Registry | undefined;
    world = await startRealCluster('auto', async (ground) => {
      registry = await startRegistry(ground, { name: 'account' });
      const { host, username, password } = registry;
      return { imageCredentials: { host, get: async () => ({ username, password }) } };
    });
    if (registry === undefined) throw new Error('no registry');
    const { host, username, password } = registry;
    const ca = world.ground.authority.certificatePem;
    const credentials = () => Promise.resolve({ username, password });
    const client = createRegistryClient({ host, ca, credentials });
    const layout = await openLayout(join(dir, 'release'));
    const types = releaseSchema.parse({
      ...release,
      components: release.components.filter(({ kind }) => kind === 'helm'),
    });
    for (const { repository, digest } of artifactsOf(types)) {
      await copyArtifact({ from: layout, to: registryStore(client, repository), digest, tag: true });
    }
    // The chart of the broker names a version, as its vendor wrote it.
    const product = await prepareStreaming('1.0.0', { say });
    const images = await openLayout(join(product, 'images'));
    const [image] = (await images.roots())
      .map(({ annotations }) => annotations?.['org.opencontainers.image.ref.name'] ?? '')
      .filter((name) => name.includes('/broker:'));
    const tag = image?.slice(image.indexOf(':') + 1) ?? '';
    await copyArtifact({ from: images, to: registryStore(client, 'broker'), digest: image ?? '', tag });
    await client.close();
    const helm = createHelm({
      ...{ binary: engines.path('helm'), homeDir: join(dir, 'helm') },
      connection: { kind: 'kubeconfig', path: world.kubeconfigPath },
      runProcess: createProcessRunner({ clock: systemClock }),
    });
    await create('/api/v1/namespaces', { metadata: { name: namespace } });
    await create('/api/v1/namespaces', { metadata: { name: 'customer' } });
    const annotations = { 'landfall.dev/copy-to': namespace };
    const secret = { metadata: { name: 'warehouse', annotations }, stringData: { key, other: 'not to be copied' } };
    await create('/api/v1/namespaces/customer/secrets', secret);
    const chart = join(product, 'charts/broker');
    const values = [{ image: `${host}/broker` }];
    await helm.upgradeInstall({ name: 'broker', namespace, chart, values, timeoutMs: 60_000, wait: 'watcher' });
    broker = await clusterIp('broker');
    entities = await startEntitiesInCluster({
      ...{ kubernetes: noting(world.kubernetes), workDir: join(dir, 'runner') },
      inForce: lastGoodWith(release.entityTypes ?? []),
      mirror: {
        referenceOf: ({ repository, digest }) => `${host}/${repository}@${digest}`,
        fetchManifests: async ({ digest }, file) => {
          const root = parseManifest(await layout.getManifest(digest));
          const layer = root.kind === 'manifest' ? root.manifest.layers[0]?.digest : undefined;
          await copyFile(join(dir, 'release/blobs', layer?.replace(':', '/') ?? ''), file);
        },
      },
    });
  }, 300_000);
  afterAll(async () => {
    await entities?.close();
    await world?.close();
    await rm(dir, { recursive: true, force: true });
  });

  const noting = (kubernetes: RealCluster['kubernetes']): RealCluster['kubernetes'] => ({
    ...kubernetes,
    create: (object, call) => {
      if (object.kind === 'Job') order.push(`create Job ${object.metadata.labels?.['landfall.dev/component'] ?? ''}`);
      return kubernetes.create(object, call);
    },
    delete: (ref, call) => {
      if (ref.namespace === namespace && ref.kind !== 'Job') order.push(`delete ${ref.kind} ${ref.name}`);
      return kubernetes.delete(ref, call);
    },
  });
  const create = async (path: string, body: object): Promise<void> => {
    expect((await world.cluster.admin.call('POST', path, body)).status).toBe(201);
  };
  const read = async (path: string): Promise<unknown> => {
    const { status, body } = await world.cluster.admin.call('GET', path);
    return status === 200 ? body : null;
  };
  const clusterIp = async (name: string): Promise<string> => {
    const service = await read(`/api/v1/namespaces/${namespace}/services/${name}`);
    return z.object({ spec: z.object({ clusterIP: z.string() }) }).parse(service).spec.clusterIP;
  };
  const topics = async () => {
    const answer = await request(`http://${broker}:8222/jsz?streams=true&consumers=true`, { reset: true });
    const { account_details: accounts } = monitorSchema.parse(await answer.body.json());
    const found = (accounts ?? []).flatMap((account) => account.stream_detail ?? []);
    const readers = z.array(z.object({ name: z.string() })).nullish();
    return found.map((each) => ({
      name: each.name,
      readers: (readers.parse(each.consumer_detail) ?? []).map(({ name }) => name).sort(),
    }));
  };
  const states = () =>
    Object.fromEntries([...(entities?.keeper.states() ?? [])].map(([name, { state }]) => [name, state]));
  // oxlint-disable-next-line vitest/require-awaited-expect-poll -- awaited by whoever calls it
  const until = <T>(look: () => T) => expect.poll(look, { interval: 100, timeout: 90_000 });
  /** Publishes events as the gateway would, and gives the first result that comes of them. */
  const resultOf = async (event: object): Promise<{ stream: string; event: unknown; signature?: string }> => {
    const text = JSON.stringify(event);
    const socket = connect(4222, broker);
    try {
      socket.write('CONNECT {"verbose":false}\r\nSUB results.orders 1\r\n');
      socket.write(`PUB events.orders ${Buffer.byteLength(text)}\r\n${text}\r\nPING\r\n`);
      return z
        .object({ stream: z.string(), event: z.unknown(), signature: z.string().optional() })
        .parse(JSON.parse(await firstMessage(socket)));
    } finally {
      socket.destroy();
    }
  };

  it('are made: a Secret, a topic with its pod, a batch job that has ended, an exporter', async () => {
    entities?.keeper.accept(listOf(...all('id')));
    await until(states).toEqual({
      ...{ 'dataConnectors/warehouse': 'Running', 'streams/orders': 'Running' },
      ...{ 'batchJobs/by-kind': 'Running', 'batchExporters/orders': 'Running' },
    });
    const copy = await read(`/api/v1/namespaces/${namespace}/secrets/connector-warehouse`);
    expect(copy).toMatchObject({ data: { key: Buffer.from(key).toString('base64') } });
    expect(JSON.stringify(copy)).not.toContain('other');
    expect(await topics()).toEqual([{ name: 'orders', readers: ['export-orders', 'process'] }]);
    expect(await read(`/apis/apps/v1/namespaces/${namespace}/deployments/stream-orders`)).toMatchObject({
      status: { readyReplicas: 1 },
    });
    const jobs = await read(
      `/apis/batch/v1/namespaces/${namespace}/jobs?labelSelector=landfall.dev%2Fcomponent%3Dbatchjobs-by-kind-count`,
    );
    expect(jobs).toMatchObject({ items: [{ status: { succeeded: 1 } }] });
  });

  it("pass events on as the stream's spec says, signed with the customer's key", async () => {
    const { event, signature } = await resultOf({ id: 7, amount: 12, card: '4711' });
    expect(event).toEqual({ id: 7 });
    expect(signature).toBe(createHmac('sha256', key).update('{"id":7}').digest('hex'));
  });

  it('are changed: the stream gets another pod, and nothing else is touched', async () => {
    order.length = 0;
    entities?.keeper.accept(listOf(...all('id,amount', 2)));
    await until(() => entities?.keeper.states().get('streams/orders')).toMatchObject({
      ...{ generation: 2, state: 'Running' },
    });
    await until(async () => (await resultOf({ id: 8, amount: 12 })).event).toEqual({ id: 8, amount: 12 });
    expect(order).toEqual([]);
  });

  it('are removed in order, and nothing of them is left', async () => {
    order.length = 0;
    entities?.keeper.accept(listOf());
    await until(states).toEqual({});
    const at = (what: string): number => order.indexOf(what);
    const steps = [
      ['delete Deployment exporter-orders', 'create Job batchexporters-orders-cleanup'],
      ['create Job batchexporters-orders-cleanup', 'delete Deployment stream-orders'],
      ['delete Deployment stream-orders', 'create Job streams-orders-topic'],
      ['create Job streams-orders-topic', 'delete ConfigMap stream-orders'],
      ['delete ConfigMap stream-orders', 'delete Secret connector-warehouse'],
    ] as const;
    for (const [before, after] of steps) {
      expect([at(before) >= 0, before, at(before) < at(after), after]).toEqual([true, before, true, after]);
    }
    expect(await topics()).toEqual([]);
    for (const path of ['api/v1/namespaces/streaming/secrets', 'api/v1/namespaces/streaming/configmaps']) {
      const left = await read(`/${path}?labelSelector=landfall.dev%2Fcomponent`);
      expect(left).toMatchObject({ items: [] });
    }
    for (const path of ['apis/apps/v1/namespaces/streaming/deployments', 'apis/batch/v1/namespaces/streaming/jobs']) {
      expect(await read(`/${path}`)).toMatchObject({ items: [] });
    }
  });
});

/** The payload of the first MSG that a NATS server sends. */
function firstMessage(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.setTimeout(5000, () => reject(new Error(`no result: ${text}`)));
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      text += String(chunk);
      const [, size, rest = ''] = /\r\nMSG \S+ 1 (\d+)\r\n([^]*)$/.exec(text) ?? [];
      if (size !== undefined && rest.length >= Number(size)) resolve(rest.slice(0, Number(size)));
    });
  });
}
