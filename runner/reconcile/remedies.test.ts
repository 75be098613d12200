import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../../contract/index.ts';
import type { EffectKind, KillAt } from '../effects/index.ts';
import type { KubeObject } from '../kubernetes/index.ts';
import type { ReconcilerOptions } from './parts.ts';
import { createFakeAccounts } from '../testing/fake-accounts.ts';
import { createFakeInstall, type FakeComponent, type FakeInstall } from '../testing/index.ts';

const deployment: Json = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: { replicas: 1, selector: { matchLabels: { app: 'web' } }, template: {} },
};
const job: Json = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'index' },
  spec: { template: { spec: {} } },
};
const shop = (remedies: Json = {}): FakeComponent => ({
  name: 'shop',
  objects: [deployment, job],
  settings: { drift: 'ignore', health: { unhealthyAfterSeconds: 0, remedies } },
});
const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
const start = Date.parse('2026-01-05T10:00:00Z');

let install: FakeInstall;
beforeEach(() => {
  install = createFakeInstall();
});
afterEach(() => install.dispose());

const at = (minutes: number) => install.clock.set(new Date(start + minutes * 60_000).toISOString());
const pod = (name: string, status: object, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    namespace: 'shop',
    labels: { app: 'web', 'pod-template-hash': 'abc' },
    ownerReferences: [{ kind: 'ReplicaSet', name: 'web-abc', controller: true }],
  },
  spec: { volumes: [{ persistentVolumeClaim: { claimName: 'data' } }] },
  status,
  ...more,
});
const looping = (restartCount = 5) => ({
  phase: 'Running',
  containerStatuses: [{ name: 'app', restartCount, state: { waiting: { reason: 'CrashLoopBackOff' } } }],
});
const creating = {
  phase: 'Pending',
  conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: new Date(start).toISOString() }],
  containerStatuses: [{ name: 'app', state: { waiting: { reason: 'ContainerCreating' } } }],
};
const unready = () => install.kubernetes.patch(ref, { metadata: { annotations: { 'test/ready': 'false' } } });
const pods = (): string[] => install.kubernetes.all('Pod').map(({ metadata }) => metadata.name);
const multiAttach: KubeObject = {
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: 'e', namespace: 'shop' },
  involvedObject: { kind: 'Pod', name: 'web-1' },
  reason: 'FailedAttachVolume',
  message: 'Multi-Attach error for volume "pv-1"',
};

async function kept(remedies: Json = {}, over: Partial<ReconcilerOptions> = {}) {
  const state = install.accept(install.release('1.0.0', [shop(remedies)]));
  const start = () => install.startRunner({ over });
  const runner = await start();
  expect(await runner.pass(state)).toEqual({ kind: 'done' });
  at(0);
  return { state, runner };
}
type Runner = Awaited<ReturnType<FakeInstall['startRunner']>>;
const stalled = (runner: Runner) =>
  runner.reconciler.status().components[0]?.conditions.find(({ type }) => type === 'Stalled');

describe('a pod that crashes again and again', () => {
  it('is deleted once in a window, so many times, and then a person is told once', async () => {
    const { state, runner } = await kept({ most: 2, windowSeconds: 3600 });
    await unready();
    const crash = async (minutes: number, name: string) => {
      if (install.kubernetes.find('Pod', name) === undefined) await install.kubernetes.create(pod(name, looping()));
      at(minutes);
      await runner.pass(state);
      return pods();
    };
    expect(await crash(0, 'web-1')).toEqual([]);
    expect(await crash(10, 'web-2')).toEqual(['web-2']);
    expect(await crash(61, 'web-2')).toEqual([]);
    expect(await crash(90, 'web-3')).toEqual(['web-3']);
    expect(stalled(runner)).toBeUndefined();
    expect(await crash(122, 'web-3')).toEqual(['web-3']);
    expect(stalled(runner)).toMatchObject({ status: 'True', reason: 'RemedyExhausted' });
    expect(runner.reconciler.status().conditions).toContainEqual(
      expect.objectContaining({ type: 'Stalled', reason: 'RemedyExhausted' }),
    );
    expect(await crash(500, 'web-3')).toEqual(['web-3']);
    expect(stalled(runner)).toMatchObject({ reason: 'RemedyExhausted' });
    expect(runner.events.filter((event) => event.startsWith('Pod'))).toEqual([
      'PodRestarted shop',
      'PodRestarted shop',
    ]);
    expect(runner.events.filter((event) => event.startsWith('Remedy'))).toEqual(['RemedyExhausted shop']);
    await install.kubernetes.patch(ref, { metadata: { annotations: { 'test/ready': 'true' } } });
    await runner.pass(state);
    expect(stalled(runner)).toBeUndefined();
    expect(runner.reconciler.status().state).toBe('Running');
  });

  it('names the time at which it may be helped again', async () => {
    const { state, runner } = await kept({ windowSeconds: 60 });
    await unready();
    await install.kubernetes.create(pod('web-1', looping()));
    const result = await runner.pass(state);
    expect(result).toMatchObject({ kind: 'done', until: new Date(start + 60_000) });
  });

  const left: [string, () => Promise<unknown>, Json?, (() => void)?][] = [
    ['has crashed only a few times', () => install.kubernetes.create(pod('web-1', looping(2)))],
    [
      'nobody would make anew',
      () => install.kubernetes.create({ ...pod('web-1', looping()), metadata: { name: 'web-1', namespace: 'shop' } }),
    ],
    [
      'belongs to somebody else',
      () => {
        const other = pod('web-1', looping());
        const ownerReferences = [{ kind: 'StatefulSet', name: 'other', controller: true }];
        return install.kubernetes.create({ ...other, metadata: { ...other.metadata, ownerReferences } });
      },
    ],
    [
      'is of a component that does not want it',
      () => install.kubernetes.create(pod('web-1', looping())),
      { restartPods: false },
    ],
    [
      "the customer's policy keeps",
      () => install.kubernetes.create(pod('web-1', looping())),
      {},
      () => {
        install.policy.now = { ...install.policy.now, remedies: 'off' };
      },
    ],
    [
      "the customer's policy allows no restart of",
      () => install.kubernetes.create(pod('web-1', looping())),
      {},
      () => {
        install.policy.now = { ...install.policy.now, allowedVerbs: ['install', 'upgrade', 'rollback'] };
      },
    ],
  ];
  it.each(left)('is left alone when it is one that %s', async (_, make, remedies = {}, policy = () => undefined) => {
    const { state, runner } = await kept(remedies);
    policy();
    await unready();
    await make();
    await runner.pass(state);
    expect(pods()).toEqual(['web-1']);
  });

  it('is left alone while its component is well', async () => {
    const { state, runner } = await kept();
    await install.kubernetes.create(pod('web-1', looping()));
    await runner.pass(state);
    expect(pods()).toEqual(['web-1']);
    expect(install.kubernetes.calls.filter(({ kind }) => kind === 'Pod').map(({ verb }) => verb)).toEqual(['create']);
  });
});

describe('a pod whose volume is still attached elsewhere', () => {
  const claim: KubeObject = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data', namespace: 'shop' },
    spec: { volumeName: 'pv-1' },
    status: { phase: 'Bound' },
  };
  const attachment: KubeObject = {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'VolumeAttachment',
    metadata: { name: 'a' },
    spec: { nodeName: 'gone', source: { persistentVolumeName: 'pv-1' } },
  };
  const other = { ...attachment, metadata: { name: 'b' }, spec: { nodeName: 'gone', source: {} } };
  it.each<[string, KubeObject[], boolean]>([
    ['the cluster says so', [multiAttach], true],
    ['the node it is attached to is gone', [claim, attachment], false],
    ['so it is, and that attachment, no other one, may be deleted first', [claim, attachment, other], true],
  ])('is deleted once it is stuck for long enough, when %s; the volume is not touched', async (_, evidence, may) => {
    const accounts = createFakeAccounts(install.kubernetes, install.helm);
    const { state, runner } = await kept({}, { accounts });
    if (may) accounts.approved = null;
    await unready();
    for (const object of [pod('web-1', creating), ...evidence]) await install.kubernetes.create(object);
    at(2);
    expect(await runner.pass(state)).toMatchObject({ until: new Date(start + 180_000) });
    expect(pods()).toEqual(['web-1']);
    at(3);
    await runner.pass(state);
    expect(pods()).toEqual([]);
    expect(runner.events).toContain('AttachmentRecycled shop');
    const goes = (object: KubeObject): boolean => may && object === attachment;
    for (const object of evidence)
      expect(install.kubernetes.find(object.kind, object.metadata.name) === undefined).toBe(goes(object));
  });

  it.each([
    ['nothing says why it does not start', [claim]],
    [
      'the node it is attached to is there',
      [claim, attachment, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'gone' } }],
    ],
  ])('is left alone when %s', async (_, evidence) => {
    const { state, runner } = await kept();
    await unready();
    for (const object of [pod('web-1', creating), ...evidence]) await install.kubernetes.create(object);
    at(10);
    await runner.pass(state);
    expect(pods()).toEqual(['web-1']);
  });
});

describe('a Job that has failed', () => {
  const jobRef = { apiVersion: 'batch/v1', kind: 'Job', namespace: 'shop', name: 'index' };
  const uid = (): string | undefined => install.kubernetes.find('Job', 'index')?.metadata.uid;
  const fail = () =>
    install.kubernetes.patch(jobRef, { status: { conditions: [{ type: 'Failed', status: 'True', message: 'boom' }] } });

  it('is run again when the component wants it, as it was', async () => {
    const { state, runner } = await kept({ rerunJobs: true });
    const before = uid();
    await fail();
    await runner.pass(state);
    expect(uid()).not.toBe(before);
    expect(runner.events).toContain('JobRerun shop');
    await runner.pass(state);
    expect(runner.reconciler.status().state).toBe('Running');
  });

  it('is left as it is when nobody asked for it', async () => {
    const { state, runner } = await kept();
    const before = uid();
    await fail();
    await runner.pass(state);
    expect(uid()).toBe(before);
    expect(runner.reconciler.status().state).toBe('Error');
  });
});

describe('a runner killed at a remedy', () => {
  const kinds: EffectKind[] = ['remedy-pod', 'remedy-attachment', 'remedy-job'];
  const rows = kinds.flatMap((kind) =>
    (['before', 'during', 'after'] as const).map((when): KillAt => ({ kind, when })),
  );
  it.each(rows)(
    '$kind, $when: the next one has counted it, and does it no second time in the window',
    async ({ kind, when }) => {
      const { state } = await kept({ rerunJobs: true });
      if (kind === 'remedy-job') {
        const conditions = [{ type: 'Failed', status: 'True' }];
        await install.kubernetes.patch(
          { ...ref, apiVersion: 'batch/v1', kind: 'Job', name: 'index' },
          { status: { conditions } },
        );
      } else {
        await unready();
        await install.kubernetes.create(pod('web-1', kind === 'remedy-pod' ? looping() : creating));
        if (kind === 'remedy-attachment') await install.kubernetes.create(multiAttach);
      }
      at(5);
      const dying = await install.startRunner({ killAt: { kind, when } });
      expect(await dying.pass(state)).toBe('killed');
      // What its controller makes is ill, too.
      if (kind !== 'remedy-job' && pods().length === 0) {
        await install.kubernetes.create(pod('web-1', kind === 'remedy-pod' ? looping() : creating));
      }
      const next = await install.startRunner();
      install.kubernetes.calls.length = 0;
      await next.pass(state);
      await next.pass(state);
      const deleted = install.kubernetes.calls.filter(({ verb, kind: of }) => verb === 'delete' && of !== 'ConfigMap');
      expect(deleted).toEqual([]);
      if (kind === 'remedy-job') expect(install.kubernetes.find('Job', 'index')).toBeDefined();
      at(66);
      await next.pass(state);
      if (kind !== 'remedy-job') expect(pods()).toEqual([]);
      else expect(next.reconciler.status().state).toBe(when === 'before' ? 'Error' : 'Running');
    },
  );
});
