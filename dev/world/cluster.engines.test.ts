import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { requireEngines } from '../tools/index.ts';
import { type SmallImage, buildBusyboxImage } from './busybox-image.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { type Ground, openGround } from './ground.ts';
import { type Registry, startRegistry } from './registry.ts';
import { waitUntil } from './start-process.ts';

const serviceSchema = z.object({ spec: z.object({ clusterIP: z.string() }) });
const podSchema = z.object({
  spec: z.object({ nodeName: z.string().optional() }),
  status: z.object({
    phase: z.string(),
    podIP: z.string().optional(),
    conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
  }),
});
type Pod = z.infer<typeof podSchema>;

const engines = await requireEngines('nodes', 'etcd', 'kube-apiserver', 'kubelet', 'kube-proxy', 'registry');

describe.skipIf(!engines.available)('a cluster with real nodes', () => {
  let ground: Ground;
  let registry: Registry;
  let cluster: Cluster;
  let image: string;

  beforeAll(async () => {
    ground = await openGround({ say: () => undefined });
    registry = await startRegistry(ground, { name: 'account' });
    const { host, username, password } = registry;
    cluster = await startCluster(ground, { imageCredentials: { host, get: async () => ({ username, password }) } });
    if (ground.network.kind !== 'bridge') throw new Error('there are no real nodes');
    const built = await buildBusyboxImage({
      busybox: ground.network.packages.busybox,
      command: ['/bin/httpd', '-f', '-p', '8080', '-h', '/www'],
      files: { 'www/index.html': 'hello from the pod\n' },
    });
    image = await push(registry, ground, 'web', built);
    await create(cluster, '/apis/apps/v1/namespaces/default/deployments', {
      metadata: { name: 'web' },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: {
            topologySpreadConstraints: [
              {
                maxSkew: 1,
                topologyKey: 'kubernetes.io/hostname',
                whenUnsatisfiable: 'DoNotSchedule',
                labelSelector: { matchLabels: { app: 'web' } },
              },
            ],
            containers: [
              { name: 'web', image, readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 } },
            ],
          },
        },
      },
    });
    await create(cluster, '/api/v1/namespaces/default/services', {
      metadata: { name: 'web' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
    });
  });
  afterAll(async () => ground?.close());

  it('has two nodes that are Ready', () => {
    expect(cluster.nodes).toBe('kubelet');
    expect(cluster.nodeNames).toEqual(['node-a', 'node-b']);
  });

  it('runs pods from the registry with TLS and a password, one on each node, and they answer the host', async () => {
    const pods = await readyPods(cluster);
    expect(new Set(pods.map((pod) => pod.spec.nodeName))).toEqual(new Set(['node-a', 'node-b']));
    for (const pod of pods) expect(await text(`http://${pod.status.podIP}:8080/`)).toBe('hello from the pod\n');
    expect(registry.requests()).toContainEqual(
      expect.objectContaining({ method: 'GET', status: 200, username: 'landfall' }),
    );
  });

  it('answers the host on the ClusterIP of a Service', async () => {
    await readyPods(cluster);
    const service = serviceSchema.parse(
      (await cluster.admin.call('GET', '/api/v1/namespaces/default/services/web')).body,
    );
    const answer = await waitUntil(() => text(`http://${service.spec.clusterIP}/`), {
      what: 'the service answers',
      timeoutMs: 15_000,
    });
    expect(answer).toBe('hello from the pod\n');
  });

  it('lets a pod reach services and the API server by name, and gives its log', async () => {
    await create(cluster, '/api/v1/namespaces/default/pods', {
      metadata: { name: 'caller' },
      spec: {
        restartPolicy: 'Never',
        containers: [
          {
            name: 'caller',
            image,
            command: [
              '/bin/sh',
              '-c',
              'wget -q -O - http://web/ && wget -q -O - http://web.default.svc.cluster.local/ && nc kubernetes.default.svc 443 </dev/null && echo the API server too',
            ],
          },
        ],
      },
    });
    await waitUntil(
      async () => {
        const pod = podSchema.parse((await cluster.admin.call('GET', '/api/v1/namespaces/default/pods/caller')).body);
        return ['Succeeded', 'Failed'].includes(pod.status.phase);
      },
      { what: 'the caller has ended', timeoutMs: 30_000 },
    );
    const log = await cluster.admin.call('GET', '/api/v1/namespaces/default/pods/caller/log');
    expect(log.body).toBe('hello from the pod\nhello from the pod\nthe API server too\n');
  });

  it.each([
    ['is refused without the password', {}, 401],
    ['twin: is served without one where the guard is off', { authorize: () => ({ allow: true as const }) }, 200],
  ])('a registry %s', async (_what, guard, status) => {
    const open = await startRegistry(ground, { name: `guarded-${status}`, ...guard });
    const dispatcher = new Agent({ connect: { ca: ground.authority.certificatePem } });
    const answer = await request(`https://${open.host}/v2/`, { dispatcher });
    expect(answer.statusCode).toBe(status);
    await dispatcher.destroy();
    await open.stop();
  });

  it('keeps what a registry has while it is stopped, and nothing answers meanwhile', async () => {
    const before = registry.host;
    await registry.stop();
    await expect(text(`https://${before}/v2/`)).rejects.toThrow('ECONNREFUSED');
    await registry.start();
    expect(registry.host).toBe(before);
    const dispatcher = new Agent({ connect: { ca: ground.authority.certificatePem } });
    const authorization = `Basic ${btoa(`${registry.username}:${registry.password}`)}`;
    const headers = { authorization, accept: 'application/vnd.oci.image.manifest.v1+json' };
    const answer = await request(`https://${before}/v2/web/manifests/1`, { dispatcher, headers });
    expect(answer.statusCode).toBe(200);
    await dispatcher.destroy();
  });
});

async function readyPods(cluster: Cluster): Promise<Pod[]> {
  return waitUntil(
    async () => {
      const { body } = await cluster.admin.call('GET', '/api/v1/namespaces/default/pods?labelSelector=app%3Dweb');
      const { items } = z.object({ items: z.array(podSchema) }).parse(body);
      const ready = items.filter(({ status }) =>
        status.conditions.some((c) => c.type === 'Ready' && c.status === 'True'),
      );
      return ready.length === 2 && ready;
    },
    { what: 'both pods are Ready', timeoutMs: 60_000 },
  );
}

async function create(cluster: Cluster, path: string, body: object): Promise<void> {
  const answer = await waitUntil(
    async () => {
      const given = await cluster.admin.call('POST', path, body);
      // The namespace's service account is made a moment after the namespace.
      return given.status === 403 ? false : given;
    },
    { what: 'the default service account exists', timeoutMs: 15_000 },
  );
  expect(answer).toMatchObject({ status: 201 });
}

async function text(url: string): Promise<string> {
  const answer = await request(url, { headersTimeout: 3000 });
  return answer.body.text();
}

async function push(registry: Registry, ground: Ground, repository: string, image: SmallImage): Promise<string> {
  const dispatcher = new Agent({ connect: { ca: ground.authority.certificatePem } });
  const authorization = `Basic ${Buffer.from(`${registry.username}:${registry.password}`).toString('base64')}`;
  const base = `https://${registry.host}/v2/${repository}`;
  for (const blob of [image.config, image.layer]) {
    const started = await request(`${base}/blobs/uploads/`, { dispatcher, method: 'POST', headers: { authorization } });
    expect(started.statusCode).toBe(202);
    const location = new URL(String(started.headers['location']));
    location.searchParams.set('digest', blob.digest);
    const headers = { authorization, 'content-type': 'application/octet-stream' };
    const done = await request(location, { dispatcher, method: 'PUT', headers, body: blob.bytes });
    expect(done.statusCode).toBe(201);
  }
  const headers = { authorization, 'content-type': image.manifest.mediaType };
  const done = await request(`${base}/manifests/1`, { dispatcher, method: 'PUT', headers, body: image.manifest.bytes });
  expect(done.statusCode).toBe(201);
  await dispatcher.close();
  return `${registry.host}/${repository}@${image.manifest.digest}`;
}
