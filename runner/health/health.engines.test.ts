import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { JsonObject, Right } from '../../contract/index.ts';
import { requireEngines, simulatedCluster } from '../../dev/index.ts';
import type { FakeComponent } from '../testing/fake-component.ts';
import { type GuardedCluster, startGuardedCluster } from '../testing/guarded-cluster.ts';
import { type GuardedReconciler, startGuardedReconciler } from '../testing/guarded-reconciler.ts';
import { shopKind } from '../testing/shop-kind.ts';

const engines = await requireEngines(...simulatedCluster, 'helm');
const image = 'shop.example/app:1';
const soon = { timeout: 30_000 };
const gatewayPath = '/apis/apps/v1/namespaces/shop/deployments/gateway';
const pods = '/api/v1/namespaces/shop/pods';
const topicsPath = '/apis/shop.example/v1/namespaces/shop/topics/orders';

const deployment = (name: string, annotation: string, pod: JsonObject = {}): JsonObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name }, annotations: { annotation } },
      spec: { containers: [{ name: 'c', image }], ...pod },
    },
  },
});
const definition = shopKind('Topic');
const rights: Right[] = [
  {
    scope: 'namespace',
    apiGroups: ['shop.example'],
    resources: ['topics'],
    verbs: ['get', 'create', 'update', 'patch', 'delete'],
    reason: 'Applies its Topic.',
  },
];
const gateway = (annotation = 'one', pod: JsonObject = {}, timeoutSeconds = 60): FakeComponent => ({
  name: 'gateway',
  objects: [deployment('gateway', annotation, pod)],
  settings: {
    health: {
      timeoutSeconds,
      unhealthyAfterSeconds: 30,
      spreadOverNodes: [{ deployment: 'gateway', minimum: 2 }],
      remedies: { restartPods: false },
    },
  },
});
const topics = (partitions: number): FakeComponent => ({
  name: 'topics',
  objects: [{ apiVersion: 'shop.example/v1', kind: 'Topic', metadata: { name: 'orders' }, spec: { partitions } }],
  settings: {
    rights,
    health: {
      timeoutSeconds: 600,
      unhealthyAfterSeconds: 0,
      expressions: [
        {
          apiVersion: 'shop.example/v1',
          kind: 'Topic',
          healthy: "self.status.phase == 'Ready' && self.status.partitions == self.spec.partitions",
          failed: "self.status.phase == 'Broken'",
        },
      ],
    },
  },
});

describe.skipIf(!engines.available)('health on a real API server, with the rights that the chart gives', () => {
  let world: GuardedCluster;
  let runner: GuardedReconciler;
  beforeAll(async () => {
    world = await startGuardedCluster(engines.path('helm'));
    runner = await startGuardedReconciler(world);
  });
  afterAll(async () => world?.close());

  const podSchema = z.looseObject({
    metadata: z.looseObject({ name: z.string(), deletionTimestamp: z.string().optional() }),
    spec: z.looseObject({ nodeName: z.string().optional() }),
    status: z.looseObject({
      conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).default([]),
    }),
  });
  const podsOf = async (app: string) =>
    z.object({ items: z.array(podSchema) }).parse(await world.admin('GET', `${pods}?labelSelector=app=${app}`)).items;
  /** On which nodes they are ready, as anybody may see it. */
  const readyOn = async (): Promise<string[]> =>
    (await podsOf('gateway'))
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .filter(({ status }) => status.conditions.some((each) => each.type === 'Ready' && each.status === 'True'))
      .map(({ spec }) => spec.nodeName ?? '')
      .sort();
  const readyReplicas = async (): Promise<number> =>
    z
      .looseObject({ status: z.looseObject({ readyReplicas: z.number().default(0) }) })
      .parse(await world.admin('GET', gatewayPath)).status.readyReplicas;
  const cordon = (node: string, unschedulable: boolean) =>
    world.admin('PATCH', `/api/v1/nodes/${node}`, { spec: { unschedulable } });
  const component = (name: string) => runner.reconciler.status().components.find((each) => each.name === name);
  const readyOf = (name: string) => component(name)?.conditions.find(({ type }) => type === 'Ready');
  /** All of its pods are on the one node, by the scheduler's own choice: the other one takes none for a moment. */
  const crowd = async (): Promise<void> => {
    const [left = '', away = ''] = world.cluster.nodeNames;
    await cordon(away, true);
    for (const { metadata, spec } of await podsOf('gateway'))
      if (spec.nodeName === away) await world.admin('DELETE', `${pods}/${metadata.name}`);
    await expect.poll(readyOn, soon).toEqual([left, left]);
    await expect.poll(readyReplicas, soon).toBe(2);
    await cordon(away, false);
  };
  const spread = async (): Promise<void> => {
    const [left = ''] = world.cluster.nodeNames;
    await cordon(left, true);
    const [one] = (await podsOf('gateway')).filter(({ spec }) => spec.nodeName === left);
    await world.admin('DELETE', `${pods}/${one?.metadata.name}`);
    await expect.poll(readyOn, soon).toEqual([...world.cluster.nodeNames].sort());
    await cordon(left, false);
  };

  it('a gateway with ready pods on two nodes is healthy', async () => {
    expect(await runner.reach(runner.accept('1.0.0', gateway()))).toMatchObject({ kind: 'done' });
    expect(await readyOn()).toEqual([...world.cluster.nodeNames].sort());
    expect(component('gateway')?.state).toBe('Running');
  });

  it('with all of them ready on one node it is Degraded, once that has held for its time; and then it is not any more', async () => {
    const desired = runner.accept('1.0.0', gateway());
    await crowd();
    const seen = await runner.reach(desired);
    expect(component('gateway')?.state).toBe('Running');
    expect(seen).toMatchObject({ kind: 'done', until: expect.any(Date) });
    runner.later(31_000);
    await runner.reach(desired);
    expect(component('gateway')?.state).toBe('Provisioned');
    expect(readyOf('gateway')).toMatchObject({
      status: 'False',
      reason: 'Degraded',
      message: 'Deployment gateway: ready pods on 1 of 2 different nodes',
    });
    expect(runner.reconciler.status().conditions).toContainEqual(
      expect.objectContaining({ type: 'Ready', status: 'False', reason: 'Degraded' }),
    );
    await spread();
    await runner.reach(desired);
    expect(readyOf('gateway')).toMatchObject({ status: 'True', reason: 'Healthy' });
  });

  it('what comes and goes within its time is not told', async () => {
    const desired = runner.accept('1.0.0', gateway());
    for (let times = 0; times < 2; times++) {
      await crowd();
      await runner.reach(desired);
      runner.later(20_000);
      await spread();
      await runner.reach(desired);
      runner.later(20_000);
      expect(component('gateway')?.state).toBe('Running');
    }
  });

  it('a release whose gateway does not get onto two nodes fails by it, and what ran before comes back', async () => {
    const [left = ''] = world.cluster.nodeNames;
    const bad = gateway('pinned', { nodeSelector: { 'kubernetes.io/hostname': left } }, 3);
    await runner.reach(runner.accept('1.1.0', bad));
    expect(runner.reconciler.status().denied.at(-1)).toMatchObject({
      version: '1.1.0',
      reason: expect.stringContaining('ready pods on 1 of 2 different nodes'),
    });
    expect(await runner.reach(runner.accept('1.0.0', gateway()))).toMatchObject({ kind: 'done' });
  });

  it('a custom resource is what its expression says of it: on its way, healthy, failed', async () => {
    await world.admin('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition);
    const served = async (): Promise<number> =>
      (await world.cluster.admin.call('GET', '/apis/shop.example/v1/namespaces/shop/topics')).status;
    await expect.poll(served, soon).toBe(200);
    const desired = runner.accept('1.2.0', gateway(), topics(3));
    expect(await runner.reach(desired)).toMatchObject({ reason: 'RightsNeeded' });
    await runner.giveRights();
    const reached = runner.reach(desired);
    await expect.poll(() => readyOf('topics')?.message, soon).toContain('Topic orders is not healthy yet');
    await world.admin('PATCH', `${topicsPath}/status`, { status: { phase: 'Ready', partitions: 1 } });
    await world.admin('PATCH', `${topicsPath}/status`, { status: { partitions: 3 } });
    expect(await reached).toMatchObject({ kind: 'done' });
    await world.admin('PATCH', `${topicsPath}/status`, { status: { phase: 'Broken' } });
    await runner.reach(desired);
    expect(component('topics')).toMatchObject({ state: 'Error' });
    expect(readyOf('topics')).toMatchObject({
      reason: 'HealthFailed',
      message: expect.stringContaining('its own rule'),
    });
    await world.admin('PATCH', `${topicsPath}/status`, { status: { phase: 'Ready' } });
    await runner.reach(desired);
    expect(component('topics')?.state).toBe('Running');
  });

  it('a wait ends at once, without a verdict, when something newer is wanted', async () => {
    const newer = new AbortController();
    const reached = runner.reach(runner.accept('1.3.0', gateway(), topics(4)), newer.signal);
    await expect.poll(() => readyOf('topics')?.message, soon).toContain('Topic orders is not healthy yet');
    const began = performance.now();
    newer.abort();
    expect(await reached).toEqual({ kind: 'superseded' });
    expect(performance.now() - began).toBeLessThan(5000);
    expect(runner.reconciler.status().denied.map(({ version }) => version)).not.toContain('1.3.0');
    const next = runner.reach(runner.accept('1.4.0', gateway(), topics(5)));
    const applied = async (): Promise<unknown> =>
      z.looseObject({ spec: z.object({ partitions: z.number() }) }).parse(await world.admin('GET', topicsPath)).spec
        .partitions;
    await expect.poll(applied, soon).toBe(5);
    await world.admin('PATCH', `${topicsPath}/status`, { status: { partitions: 5 } });
    expect(await next).toMatchObject({ kind: 'done' });
  });
});
