// Over 300 lines: one cluster is made for all of it, and the tests build on each other.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type JsonObject, releaseSchema, runnerPolicySchema, sha256, systemClock } from '../../contract/index.ts';
import { requireEngines, simulatedCluster } from '../../dev/index.ts';
import type { AcceptedState, PassResult } from '../ports.ts';
import { acceptedOf } from '../testing/accepted-of.ts';
import { itIsAnApiServer } from '../testing/kubernetes-contract.ts';
import { type RealCluster, startRealCluster } from '../testing/real-cluster.ts';
import { createReconciler, type WatchedReconciler } from './index.ts';
import { firstRunner, shopInstall, silent, unused, wholeMirror } from '../testing/shop-install.ts';
import { shopKind } from '../testing/shop-kind.ts';

const engines = await requireEngines(...simulatedCluster);
const image = 'shop.example/app:1';
const artifact = (content: unknown) => ({
  repository: 'shop/manifests/rules',
  digest: sha256(JSON.stringify(content)),
  mediaType: 'x/y',
  size: 1,
});
const pinned = [{ reference: image, artifact: artifact(image) }];

describe.skipIf(!engines.available)('manifests and jobs on a real API server', () => {
  let world: RealCluster;
  let reconciler: WatchedReconciler;
  const contents = new Map<string, unknown>();
  const signals = { stop: new AbortController().signal, superseded: new AbortController().signal };
  let sequence = 0;

  beforeAll(async () => {
    world = await startRealCluster();
    const { kubernetes, ground } = world;
    const workDir = join(ground.dir, 'runner');
    await mkdir(workDir, { recursive: true });
    const never = new AbortController().signal;
    const { store, effects } = await firstRunner(kubernetes, never);
    reconciler = createReconciler({
      store,
      effects,
      kubernetes,
      clock: systemClock,
      workDir,
      namespace: 'landfall-system',
      postRenderer: '',
      helm: new Proxy(Object.create(null), { get: unused }),
      tofuIn: unused,
      mirror: wholeMirror({
        referenceOf: ({ digest }) => `mirror.test/lf/app@${digest}`,
        fetchManifests: async ({ digest }, file) => writeFile(file, JSON.stringify(contents.get(digest))),
      }),
      policy: { current: () => runnerPolicySchema.parse({}) },
      events: silent,
      install: shopInstall,
      backoff: () => 200,
      onStatus: () => undefined,
    });
  });
  afterAll(async () => world?.close());

  const stateOf = (version: string, components: object[]): AcceptedState => {
    const head = { apiVersion: 'landfall.dev/v1', kind: 'Release', product: 'shop', title: 'Shop', version };
    const inputs = { schema: { type: 'object' } };
    const release = releaseSchema.parse({ ...head, inputs, components, permissions: [] });
    return acceptedOf(++sequence, 'vendor.test', { version, release });
  };
  const rules = (objects: JsonObject[], settings: object = {}): object => {
    const manifests = artifact(objects);
    contents.set(manifests.digest, objects);
    const health = { timeoutSeconds: 20 };
    return { name: 'rules', kind: 'manifests', namespace: 'shop', manifests, images: pinned, health, ...settings };
  };
  const job = (args: string[], settings: object = {}, spec: object = {}): object => {
    const template = { spec: { containers: [{ name: 'm', image, args }], ...spec } };
    return { name: 'migrate', kind: 'job', namespace: 'shop', images: pinned, template, ...settings };
  };
  /** Passes, as the loop makes them, until it rests or waits for what only somebody else can do. */
  const reach = async (state: AcceptedState, passes = 10): Promise<PassResult> => {
    for (;;) {
      const result = await reconciler.pass(state, signals);
      if (result.kind !== 'waiting' || result.until === null || --passes <= 0) return result;
    }
  };
  const config = (name: string, value: string, metadata: object = {}): JsonObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, ...metadata },
    data: { value },
  });
  const deployment = (app: string): JsonObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      selector: { matchLabels: { app } },
      template: { metadata: { labels: { app } }, spec: { containers: [{ name: 'c', image }] } },
    },
  });
  const definition: JsonObject = shopKind('Topic');
  const topic: JsonObject = {
    apiVersion: 'shop.example/v1',
    kind: 'Topic',
    metadata: { name: 'orders', finalizers: ['shop.example/drain'] },
    spec: { partitions: 3 },
  };
  const budget: JsonObject = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'web' },
    spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
  };
  const first = [definition, topic, config('stays', '1'), config('goes', '1'), deployment('web'), budget];

  /** From outside: the customer's admin. */
  const admin = async (path: string): Promise<JsonObject | null> => {
    const { status, body } = await world.cluster.admin.call('GET', path);
    return status === 404 ? null : z.record(z.string(), z.json()).parse(body);
  };
  const configMaps = '/api/v1/namespaces/shop/configmaps';
  const edit = (path: string, body: object) => world.cluster.admin.call('PATCH', path, body);
  const valueOf = async (name: string): Promise<unknown> => {
    const found = await admin(`${configMaps}/${name}`);
    return found === null ? null : z.object({ data: z.object({ value: z.string() }) }).parse(found).data.value;
  };
  const jobs = async () => {
    const list = z.object({
      items: z.array(
        z.object({
          metadata: z.object({ name: z.string() }),
          spec: z.object({ ttlSecondsAfterFinished: z.number().optional() }),
        }),
      ),
    });
    return list.parse(await admin('/apis/batch/v1/namespaces/shop/jobs')).items;
  };
  const deniedReason = () => reconciler.status().denied.at(-1)?.reason;

  it('applies a kind that it defines itself, in the same go, and waits for health', async () => {
    const result = await reach(stateOf('1.0.0', [rules(first), job(['one'])]));
    expect({ result, waiting: reconciler.status().waitingFor }).toEqual({ result: { kind: 'done' }, waiting: null });
    expect(await admin('/apis/shop.example/v1/namespaces/shop/topics/orders')).toMatchObject({
      metadata: { labels: { 'landfall.dev/component': 'rules' } },
      spec: { partitions: 3 },
    });
    expect(JSON.stringify(await admin('/apis/apps/v1/namespaces/shop/deployments/web'))).toMatch(
      /"image":"mirror\.test\/lf\/app@sha256:[0-9a-f]{64}".*"manager":"landfall-manifests"|"manager":"landfall-manifests".*"image":"mirror\.test/,
    );
    expect(reconciler.status().state).toBe('Running');
  });

  it('ran the job to its end once, and lets the cluster delete it in time', async () => {
    const before = await jobs();
    expect(before.map(({ spec }) => spec.ttlSecondsAfterFinished)).toEqual([86_400]);
    await reach(stateOf('1.0.1', [rules(first), job(['one'])]));
    expect(await jobs()).toEqual(before);
  });

  it('then rests: another pass writes nothing', async () => {
    const versions = async () =>
      JSON.stringify([
        await admin(configMaps),
        await admin('/apis/policy/v1/namespaces/shop/poddisruptionbudgets/web'),
      ]);
    const state = stateOf('1.0.1', [rules(first), job(['one'])]);
    await reach(state);
    const before = await versions();
    expect(await reach(state)).toMatchObject({ kind: 'done' });
    expect(await versions()).toBe(before);
  });

  it('puts back what was edited and deleted by hand, and leaves what is not its own', async () => {
    const state = stateOf('1.0.1', [rules(first), job(['one'])]);
    await edit(`${configMaps}/stays`, { data: { value: 'by hand', theirs: 'x' } });
    await world.cluster.admin.call('DELETE', '/apis/policy/v1/namespaces/shop/poddisruptionbudgets/web');
    expect(await reach(state)).toMatchObject({ kind: 'done' });
    expect(await admin(`${configMaps}/stays`)).toMatchObject({ data: { value: '1', theirs: 'x' } });
    expect(await admin('/apis/policy/v1/namespaces/shop/poddisruptionbudgets/web')).not.toBeNull();
  });

  it('deletes what a release no longer has, and waits for its finalizers', async () => {
    const state = stateOf('1.1.0', [
      rules([definition, config('stays', '2'), deployment('web')], { health: { timeoutSeconds: 20 } }),
      job(['one']),
    ]);
    const passing = reach(state);
    await expect
      .poll(() => admin('/apis/shop.example/v1/namespaces/shop/topics/orders'), { timeout: 30_000 })
      .toMatchObject({ metadata: { deletionTimestamp: expect.any(String) } });
    // The finalizer's object goes first; nothing before it in the order is deleted while it is there.
    expect(await valueOf('goes')).toBe('1');
    await edit('/apis/shop.example/v1/namespaces/shop/topics/orders', { metadata: { finalizers: null } });
    expect(await passing).toMatchObject({ kind: 'done' });
    expect([await valueOf('stays'), await valueOf('goes')]).toEqual(['2', null]);
    expect(await admin('/apis/apiextensions.k8s.io/v1/customresourcedefinitions/topics.shop.example')).not.toBeNull();
  });

  const kept = [definition, config('stays', '2'), deployment('web')];

  it('takes back a release whose object the API server refuses', async () => {
    await reach(stateOf('1.2.0', [rules([definition, config('stays', '3'), deployment('other')]), job(['one'])]));
    expect(deniedReason()).toMatch(/LF-RUNNER-105.*Deployment web.*immutable/);
    expect(await valueOf('stays')).toBe('2');
    expect(reconciler.status().observed?.version).toBe('1.1.0');
  });

  it('refuses to overwrite a field of somebody else when it is told so, and overwrites it when not', async () => {
    const object = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'stays', namespace: 'shop' },
      data: { value: 'theirs' },
    };
    await world.kubernetes.apply(object, { fieldManager: 'somebody', force: true });
    const next = [definition, config('stays', '4'), deployment('web')];
    await reach(stateOf('1.3.0', [rules(next, { conflicts: 'refuse' }), job(['one'])]));
    expect(deniedReason()).toMatch(/LF-RUNNER-105.*somebody.*\.data\.value/);
    expect(await reach(stateOf('1.3.1', [rules(next), job(['one'])]))).toMatchObject({ kind: 'done' });
    expect(await valueOf('stays')).toBe('4');
  });

  it('touches nothing when an object belongs to somebody else', async () => {
    await world.cluster.admin.call('POST', configMaps, { metadata: { name: 'theirs' }, data: { value: 'theirs' } });
    const more = [definition, config('stays', '5'), config('theirs', 'ours'), deployment('web')];
    await reach(stateOf('1.4.0', [rules(more), job(['one'])]));
    expect(deniedReason()).toMatch(/LF-RUNNER-102.*ConfigMap shop\/theirs/);
    expect([await valueOf('theirs'), await valueOf('stays')]).toEqual(['theirs', '4']);
  });

  it('takes back a release whose job fails, and does not run it a second time', async () => {
    const failing = job(['two'], { timeoutSeconds: 2 }, { nodeSelector: { 'shop.example/nowhere': 'true' } });
    const state = stateOf('1.5.0', [rules(kept), failing]);
    await reach(state);
    expect(deniedReason()).toMatch(/migrate: .* has failed: DeadlineExceeded/);
    expect(reconciler.status().conditions).toContainEqual(
      expect.objectContaining({ type: 'Stalled', reason: 'PartiallyRolledBack' }),
    );
    const before = await jobs();
    await reach(state);
    expect((await jobs()).map(({ metadata }) => metadata.name)).toEqual(before.map(({ metadata }) => metadata.name));
  });

  it('takes everything of a component away that goes, but what holds data', async () => {
    const other = { ...rules([config('new', '1')]), name: 'other' };
    expect(await reach(stateOf('2.0.0', [other]))).toMatchObject({ kind: 'done' });
    expect([await valueOf('stays'), await valueOf('theirs'), await valueOf('new')]).toEqual([null, 'theirs', '1']);
    expect(await admin('/apis/apps/v1/namespaces/shop/deployments/web')).toBeNull();
    expect(await admin('/apis/apiextensions.k8s.io/v1/customresourcedefinitions/topics.shop.example')).not.toBeNull();
  });

  describe('which keeps to what the fake does', () => {
    itIsAnApiServer(() => world.kubernetes);
  });
});
