import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { JsonObject, Right } from '../../contract/index.ts';
import { requireEngines, simulatedCluster } from '../../dev/index.ts';
import type { FakeComponent } from '../testing/fake-component.ts';
import { type GuardedCluster, startGuardedCluster } from '../testing/guarded-cluster.ts';
import { type GuardedReconciler, startGuardedReconciler } from '../testing/guarded-reconciler.ts';

const engines = await requireEngines(...simulatedCluster, 'helm');
const image = 'shop.example/app:1';
const attachments = '/apis/storage.k8s.io/v1/volumeattachments';
const user = (component: string): string => `system:serviceaccount:landfall-system-components:${component}`;
const soon = { timeout: 30_000 };
const minute = 60_000;

const deployment = (name: string, spec: JsonObject = {}): JsonObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image }], ...spec } },
  },
});
const claim: JsonObject = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data' },
  spec: { storageClassName: 'test', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
};
/** It runs once somebody lets it, and then it fails, by the cluster's own controller. */
const job: JsonObject = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'index' },
  spec: {
    suspend: true,
    activeDeadlineSeconds: 1,
    template: {
      spec: {
        restartPolicy: 'Never',
        nodeSelector: { 'shop.example/nowhere': 'true' },
        containers: [{ name: 'c', image }],
      },
    },
  },
};
const settings: FakeComponent = {
  name: 'settings',
  objects: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { value: 'ours' } }],
};
const detaching: Right = {
  scope: 'cluster',
  apiGroups: ['storage.k8s.io'],
  resources: ['volumeattachments'],
  verbs: ['delete'],
  reason: 'Lets its volumes go when their node is gone.',
};
const product = (rights: Right[] = []): FakeComponent[] => {
  const health = { timeoutSeconds: 30, unhealthyAfterSeconds: 0 };
  const remedies = { most: 2, windowSeconds: 3600, rerunJobs: true };
  const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];
  return [
    { name: 'web', objects: [deployment('web')], settings: { health: { ...health, remedies } } },
    {
      name: 'store',
      objects: [claim, deployment('store', { volumes })],
      settings: { health: { ...health, remedies }, ...(rights.length === 0 ? {} : { rights }) },
    },
    { name: 'jobs', objects: [job], settings: { drift: 'ignore', health: { ...health, remedies } } },
    settings,
  ];
};

describe.skipIf(!engines.available)('remedies, by the rights that the chart gives and on a real API server', () => {
  let world: GuardedCluster;
  let runner: GuardedReconciler;
  beforeAll(async () => {
    world = await startGuardedCluster(engines.path('helm'));
    const spec = { storageClassName: 'test', capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'] };
    await world.admin('POST', '/api/v1/persistentvolumes', {
      metadata: { name: 'volume' },
      spec: { ...spec, hostPath: { path: '/nowhere' } },
    });
    runner = await startGuardedReconciler(world);
    expect(await runner.reach(runner.accept('1.0.0', ...product()))).toMatchObject({ kind: 'done' });
  });
  afterAll(async () => world?.close());

  const state = () => runner.accept('1.0.0', ...product());
  const podSchema = z.looseObject({ metadata: z.looseObject({ name: z.string(), uid: z.string() }) });
  const podsOf = async (app: string) => {
    const list = await world.admin('GET', `/api/v1/namespaces/shop/pods?labelSelector=app=${app}`);
    return z.object({ items: z.array(podSchema) }).parse(list).items;
  };
  const podOf = async (app: string) => {
    const [pod] = await podsOf(app);
    if (pod === undefined) throw new Error(`no pod of ${app}`);
    return pod;
  };
  /** What a kubelet would say of it. */
  const says = async (app: string, status: object): Promise<string> => {
    const { metadata } = await podOf(app);
    await world.admin('PATCH', `/api/v1/namespaces/shop/pods/${metadata.name}/status`, { status });
    const ready = async (): Promise<unknown> => {
      const found = await world.admin('GET', `/apis/apps/v1/namespaces/shop/deployments/${app}`);
      return z.looseObject({ status: z.looseObject({ readyReplicas: z.number().default(0) }) }).parse(found).status
        .readyReplicas;
    };
    await expect.poll(ready, soon).toBe(0);
    return metadata.uid;
  };
  const since = (): string => new Date(Date.now() - 10 * minute).toISOString();
  const condition = (type: string, status: string) => ({ type, status, lastTransitionTime: since() });
  const crashes = (app: string): Promise<string> =>
    says(app, {
      conditions: [condition('PodScheduled', 'True'), condition('Ready', 'False')],
      containerStatuses: [
        {
          ...{ name: 'c', image, imageID: '', ready: false, restartCount: 7 },
          state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s' } },
        },
      ],
    });
  const stuck = (app: string): Promise<string> =>
    says(app, {
      phase: 'Pending',
      conditions: [condition('PodScheduled', 'True'), condition('Ready', 'False')],
      containerStatuses: [
        {
          ...{ name: 'c', image, imageID: '', ready: false, restartCount: 0 },
          state: { waiting: { reason: 'ContainerCreating' } },
        },
      ],
    });
  const another = async (app: string, uid: string): Promise<void> => {
    await expect.poll(async () => (await podsOf(app)).map(({ metadata }) => metadata.uid), soon).not.toContain(uid);
  };
  const conditionsOf = (component: string) =>
    runner.reconciler.status().components.find(({ name }) => name === component)?.conditions ?? [];
  const allowed = (who: string | null, verb: string, resource: string, namespace = 'shop', group = '') =>
    world.impersonation.isAllowed(who, { namespace, group, resource, verb }, new AbortController().signal);

  it('are done as the component, which may do no more: the runner itself could not', async () => {
    expect(await allowed(null, 'delete', 'pods')).toBe(false);
    expect(await allowed(null, 'delete', 'jobs', 'shop', 'batch')).toBe(false);
    expect(await allowed(null, 'delete', 'volumeattachments', '', 'storage.k8s.io')).toBe(false);
    expect(await allowed(user('web'), 'delete', 'pods')).toBe(true);
    expect(await allowed(user('web'), 'delete', 'pods', 'default')).toBe(false);
    expect(await allowed(user('web'), 'delete', 'pods', 'landfall-system')).toBe(false);
    expect(await allowed(user('store'), 'delete', 'persistentvolumes', '')).toBe(false);
    expect(await allowed(user('store'), 'delete', 'volumeattachments', '', 'storage.k8s.io')).toBe(false);
  });

  it('a pod that crashes again and again is deleted once in a window, so many times, and then a person is told', async () => {
    const desired = state();
    const round = async (): Promise<string> => {
      const uid = await crashes('web');
      await runner.reach(desired);
      return uid;
    };
    await another('web', await round());
    expect(runner.events.at(-1)).toMatch(/^PodRestarted web: .*\(1 of 2\)/);
    const second = await round();
    expect((await podOf('web')).metadata.uid).toBe(second);
    runner.later(61 * minute);
    await runner.reach(desired);
    await another('web', second);
    const third = await round();
    runner.later(61 * minute);
    await runner.reach(desired);
    await runner.reach(desired);
    expect((await podOf('web')).metadata.uid).toBe(third);
    expect(runner.events.filter((event) => event.startsWith('PodRestarted web'))).toHaveLength(2);
    expect(runner.events.filter((event) => event.startsWith('RemedyExhausted web'))).toHaveLength(1);
    expect(conditionsOf('web')).toContainEqual(expect.objectContaining({ type: 'Stalled', reason: 'RemedyExhausted' }));
    await world.admin('DELETE', `/api/v1/namespaces/shop/pods/${(await podOf('web')).metadata.name}`);
    await another('web', third);
    const running = async (): Promise<string | undefined> => {
      await runner.reach(desired);
      return runner.reconciler.status().state;
    };
    await expect.poll(running, soon).toBe('Running');
  });

  it('a Job that has failed is run again as the component has it', async () => {
    const path = '/apis/batch/v1/namespaces/shop/jobs/index';
    const jobSchema = z.looseObject({
      metadata: z.looseObject({ uid: z.string() }),
      spec: z.looseObject({ suspend: z.boolean().optional() }),
      status: z.looseObject({ conditions: z.array(z.looseObject({ type: z.string() })).default([]) }),
    });
    const read = async () => jobSchema.parse(await world.admin('GET', path));
    await world.admin('PATCH', path, { spec: { suspend: false } });
    const types = async (): Promise<string[]> => (await read()).status.conditions.map(({ type }) => type);
    await expect.poll(types, soon).toContain('Failed');
    const before = await read();
    const desired = state();
    const again = async (): Promise<string> => {
      await runner.reach(desired);
      return (await read()).metadata.uid;
    };
    await expect.poll(again, soon).not.toBe(before.metadata.uid);
    expect((await read()).spec.suspend).toBe(true);
    expect(runner.events.some((event) => event.startsWith('JobRerun jobs'))).toBe(true);
  });

  const attach = (node: string, name: string, volume = 'volume') =>
    world.admin('POST', attachments, {
      metadata: { name },
      spec: { attacher: 'csi.test', nodeName: node, source: { persistentVolumeName: volume } },
    });
  const there = async (name: string): Promise<boolean> =>
    (await world.cluster.admin.call('GET', `${attachments}/${name}`)).status === 200;

  it('a pod whose volume is attached to a node that is gone is made anew; the attachment is not the account’s to delete', async () => {
    await attach('node-gone', 'old');
    const uid = await stuck('store');
    await runner.reach(state());
    await another('store', uid);
    expect(await there('old')).toBe(true);
    expect(runner.events.at(-1)).toMatch(/^AttachmentRecycled store: .*node-gone.*attachment old stays/);
  });

  it('once the customer has given the right that its release states, the attachment goes along, and no other one', async () => {
    await attach('node-gone', 'another', 'volume-of-somebody-else');
    const desired = runner.accept('1.1.0', ...product([detaching]));
    expect(await runner.reach(desired)).toMatchObject({ reason: 'RightsNeeded' });
    await runner.giveRights();
    expect(await allowed(user('web'), 'delete', 'volumeattachments', '', 'storage.k8s.io')).toBe(false);
    expect(await allowed(user('store'), 'delete', 'persistentvolumes', '')).toBe(false);
    expect(await runner.reach(desired)).toMatchObject({ kind: 'done' });
    runner.later(61 * minute);
    const uid = await stuck('store');
    await runner.reach(desired);
    await another('store', uid);
    expect(runner.events.at(-1)).toMatch(/^AttachmentRecycled store: .*attachment old is deleted/);
    expect([await there('old'), await there('another')]).toEqual([false, true]);
  });

  it('what others change is set back; what they change again each time is left and told, by the next runner, too', async () => {
    const path = '/api/v1/namespaces/shop/configmaps/settings';
    const value = async (): Promise<string> =>
      z.looseObject({ data: z.object({ value: z.string() }) }).parse(await world.admin('GET', path)).data.value;
    const desired = runner.accept('1.1.0', ...product([detaching]));
    const round = async (): Promise<string> => {
      await world.admin('PATCH', path, { data: { value: 'theirs' } });
      await runner.reach(desired);
      return value();
    };
    const seen: string[] = [];
    for (let times = 0; times < 7; times++) seen.push(await round());
    expect(seen).toEqual(['ours', 'ours', 'ours', 'ours', 'ours', 'theirs', 'theirs']);
    expect(runner.events.filter((event) => event.startsWith('DriftContested'))).toEqual([
      expect.stringMatching(/^DriftContested settings: .*ConfigMap shop\/settings \(\/data\/value\)/),
    ]);
    expect(conditionsOf('settings')).toContainEqual(
      expect.objectContaining({ type: 'Stalled', reason: 'DriftContested' }),
    );
    runner = await runner.restarted();
    runner.later(11 * minute);
    expect(await round()).toBe('theirs');
    runner.later(24 * 60 * minute);
    await runner.reach(desired);
    expect(await value()).toBe('ours');
    expect(conditionsOf('settings').some(({ type }) => type === 'Stalled')).toBe(false);
  });
});
