// Over 300 lines: one list of what the kind does, with one set of objects.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type JsonObject, runnerPolicySchema } from '../../contract/index.ts';
import { conditionsOf, createFakeInstall, type FakeComponent, type FakeInstall } from '../testing/index.ts';
import { shopKind } from '../testing/shop-kind.ts';

const config = (name: string, data: JsonObject = { a: '1' }, metadata: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data,
});
const deployment = (name: string, annotations: JsonObject = {}): JsonObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, annotations },
  spec: { replicas: 1, template: { spec: { containers: [{ name: 'c', image: 'shop.example/app:1' }] } } },
});
const namespace = (name: string): JsonObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
const topic = (name: string): JsonObject => ({
  apiVersion: 'shop.example/v1',
  kind: 'Topic',
  metadata: { name, finalizers: ['shop.example/drain'] },
  spec: {},
});
const rules = (objects: JsonObject[], settings: JsonObject = {}): FakeComponent => ({
  name: 'rules',
  objects,
  settings,
});
const ref = (kind: string, name: string, apiVersion = 'v1') => ({ apiVersion, kind, name, namespace: 'shop' });

let install: FakeInstall;
beforeEach(() => {
  install = createFakeInstall();
});
afterEach(() => install.dispose());

const goTo = async (version: string, objects: JsonObject[], settings: JsonObject = {}) => {
  const runner = await install.startRunner();
  const state = install.accept(install.release(version, [rules(objects, settings)]));
  return { runner, state, result: await runner.pass(state) };
};
const writes = (): string[] =>
  install.kubernetes.calls
    .filter(({ verb, name }) => ['apply', 'delete', 'patch'].includes(verb) && !name.startsWith('lf-'))
    .map(({ verb, kind, name }) => `${verb} ${kind} ${name}`);
const reasonOf = (status: ReturnType<Awaited<ReturnType<typeof install.startRunner>>['reconciler']['status']>) =>
  status.denied.at(-1)?.reason;

describe('manifests', () => {
  it('are applied in the order in which they need each other, with their marks', async () => {
    const { runner, result } = await goTo('1.0.0', [
      topic('orders'),
      deployment('web'),
      shopKind('Topic'),
      config('settings'),
      namespace('shop'),
    ]);
    expect(result).toEqual({ kind: 'done' });
    expect(writes()).toEqual([
      'apply Namespace shop',
      'apply CustomResourceDefinition topics.shop.example',
      'apply ConfigMap settings',
      'apply Deployment web',
      'apply Topic orders',
    ]);
    const web = install.kubernetes.find('Deployment', 'web');
    expect(web?.metadata).toMatchObject({
      namespace: 'shop',
      labels: { 'landfall.dev/component': 'rules', 'app.kubernetes.io/managed-by': 'landfall' },
    });
    expect(JSON.stringify(web)).toMatch(/"image":"mirror\.test\/lf\/[^"]+@sha256:/);
    expect(runner.reconciler.status().state).toBe('Running');
  });

  it('take inputs and outputs of others, with their types', async () => {
    const runner = await install.startRunner();
    const bucket: FakeComponent = { name: 'bucket', module: { outputs: { name: 'b1' } }, outputs: ['name'] };
    const objects = [config('settings', { bucket: '${components.bucket.outputs.name}', size: '${inputs.size}' })];
    const release = install.release('1.0.0', [bucket, { ...rules(objects), dependsOn: ['bucket'] }]);
    expect(await runner.pass(install.accept(release, { inputs: { size: 3 } }))).toEqual({ kind: 'done' });
    expect(install.kubernetes.find('ConfigMap', 'settings')?.['data']).toEqual({ bucket: 'b1', size: 3 });
  });

  it('cost no write when nothing has changed, and no more than a look in a runner that has just started', async () => {
    const { runner, state } = await goTo('1.0.0', [config('a'), deployment('web')]);
    install.kubernetes.calls.length = 0;
    expect(await runner.pass(state)).toEqual({ kind: 'done' });
    const verbs = new Set(install.kubernetes.calls.map(({ verb }) => verb));
    expect([...verbs].sort()).toEqual(['get', 'list']);
    install.kubernetes.calls.length = 0;
    const second = await install.startRunner();
    install.kubernetes.calls.length = 0;
    expect(await second.pass(state)).toEqual({ kind: 'done' });
    expect(writes()).toEqual([]);
  });

  it('that a release no longer has are deleted, and nothing else', async () => {
    await goTo('1.0.0', [
      config('stays'),
      config('goes'),
      config('kept', {}, { annotations: { 'landfall.dev/prune': 'disabled' } }),
    ]);
    await install.kubernetes.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'mine', namespace: 'shop' },
    });
    const { runner, result } = await goTo('1.1.0', [config('stays')]);
    expect(result).toEqual({ kind: 'done' });
    const names = install.kubernetes.all('ConfigMap').filter(({ metadata }) => metadata.namespace === 'shop');
    expect(names.map(({ metadata }) => metadata.name)).toEqual(['kept', 'stays', 'mine']);
    expect(runner.events).toContain('ObjectsLeft rules');
  });

  it.each([
    ['Helm', { 'app.kubernetes.io/managed-by': 'Helm' }],
    ['another component', { 'landfall.dev/component': 'other' }],
  ])('that %s has taken over are not deleted', async (_, labels) => {
    await goTo('1.0.0', [config('stays'), config('taken')]);
    await install.kubernetes.patch(ref('ConfigMap', 'taken'), { metadata: { labels } });
    const { result } = await goTo('1.1.0', [config('stays')]);
    expect(result).toEqual({ kind: 'done' });
    expect(install.kubernetes.find('ConfigMap', 'taken')).toBeDefined();
  });

  it('that are changed between the look and the deletion are looked at again', async () => {
    await goTo('1.0.0', [config('stays'), config('taken')]);
    let taken = false;
    install.kubernetes.before = ({ verb, name }) => {
      if (verb !== 'delete' || name !== 'taken' || taken) return;
      taken = true;
      void install.kubernetes.patch(ref('ConfigMap', 'taken'), {
        metadata: { labels: { 'app.kubernetes.io/managed-by': 'Helm' } },
      });
    };
    const { result } = await goTo('1.1.0', [config('stays')]);
    expect({ taken, result }).toEqual({ taken: true, result: { kind: 'done' } });
    expect(install.kubernetes.find('ConfigMap', 'taken')).toBeDefined();
  });

  it('leave namespaces, definitions and claims behind when they go: they hold data', async () => {
    const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data' }, spec: {} };
    await goTo('1.0.0', [namespace('shop'), shopKind('Topic'), claim, config('goes')]);
    const runner = await install.startRunner();
    const web: FakeComponent = { name: 'web', chart: { deployments: ['web'] } };
    expect(await runner.pass(install.accept(install.release('2.0.0', [web])))).toEqual({ kind: 'done' });
    expect(install.kubernetes.find('ConfigMap', 'goes')).toBeUndefined();
    for (const kind of ['Namespace', 'CustomResourceDefinition', 'PersistentVolumeClaim']) {
      expect(install.kubernetes.all(kind)).toHaveLength(1);
    }
    expect(runner.events).toContain('ObjectsLeft rules');
  });

  it('go in reverse order, each stage only when the one before is wholly gone', async () => {
    await goTo('1.0.0', [shopKind('Topic'), config('a'), deployment('operator'), topic('orders')]);
    install.kubernetes.calls.length = 0;
    const drain = async (): Promise<void> => {
      for await (const seen of install.kubernetes.observe(
        { apiVersion: 'shop.example/v1', kind: 'Topic' },
        stop.signal,
      )) {
        const going = seen.type === 'changed' && seen.event.object.metadata.deletionTimestamp !== undefined;
        if (!going || seen.event.type === 'DELETED') continue;
        expect(install.kubernetes.find('Deployment', 'operator')).toBeDefined();
        await install.kubernetes.patch(ref('Topic', 'orders', 'shop.example/v1'), { metadata: { finalizers: null } });
      }
    };
    const stop = new AbortController();
    const drained = drain();
    const runner = await install.startRunner();
    const web: FakeComponent = { name: 'web', chart: { deployments: ['web'] } };
    expect(await runner.pass(install.accept(install.release('2.0.0', [web])))).toEqual({ kind: 'done' });
    stop.abort();
    await drained;
    const deleted = install.kubernetes.calls.filter(({ verb, name }) => verb === 'delete' && !name.startsWith('lf-'));
    expect(deleted.map(({ kind }) => kind)).toEqual(['Topic', 'Deployment', 'ConfigMap']);
  });

  it('that a finalizer holds are waited for, by name, and fail nothing', async () => {
    await goTo('1.0.0', [shopKind('Topic'), topic('orders'), config('a')]);
    const { runner, state, result } = await goTo('1.1.0', [shopKind('Topic'), config('a')]);
    expect(result).toMatchObject({
      kind: 'waiting',
      message: expect.stringMatching(/Topic shop\/orders.*shop\.example\/drain/),
    });
    expect(runner.reconciler.status().denied).toEqual([]);
    await install.kubernetes.patch(ref('Topic', 'orders', 'shop.example/v1'), { metadata: { finalizers: null } });
    expect(await runner.pass(state)).toEqual({ kind: 'done' });
  });
});

describe('manifests that somebody changes', () => {
  it('are put back: what is deleted and what is changed, by field', async () => {
    const { runner, state } = await goTo('1.0.0', [config('changed'), config('deleted')]);
    await install.kubernetes.patch(ref('ConfigMap', 'changed'), { data: { a: '2', theirs: 'x' } });
    await install.kubernetes.delete(ref('ConfigMap', 'deleted'));
    expect(await runner.pass(state)).toEqual({ kind: 'done' });
    // What is not the component's stays theirs.
    expect(install.kubernetes.find('ConfigMap', 'changed')?.['data']).toEqual({ a: '1', theirs: 'x' });
    expect(install.kubernetes.find('ConfigMap', 'deleted')).toBeDefined();
    expect(runner.events).toContain('ManifestsCorrected rules');
    const told = JSON.stringify(runner.statuses);
    expect(told).toContain('/data/a');
  });

  it('also when the labels were taken off', async () => {
    const { runner, state } = await goTo('1.0.0', [config('a')]);
    await install.kubernetes.patch(ref('ConfigMap', 'a'), { metadata: { labels: null } });
    expect(await runner.pass(state)).toEqual({ kind: 'done' });
    expect(install.kubernetes.find('ConfigMap', 'a')?.metadata.labels).toMatchObject({
      'landfall.dev/component': 'rules',
    });
  });

  it.each([
    ['warn', 'True ObjectsChanged'],
    ['ignore', undefined],
  ])('are only told of with drift: %s', async (drift, told) => {
    const { runner, state } = await goTo('1.0.0', [config('a')], { drift });
    await install.kubernetes.patch(ref('ConfigMap', 'a'), { data: { a: '2' } });
    expect(await runner.pass(state)).toEqual({ kind: 'done' });
    expect(install.kubernetes.find('ConfigMap', 'a')?.['data']).toEqual({ a: '2' });
    const [component] = runner.reconciler.status().components;
    const drifted = component?.conditions.find(({ type }) => type === 'Drifted');
    expect(drifted && `${drifted.status} ${drifted.reason}`).toBe(told);
  });

  it('again and again are put back a few times, and then left for a day, and told once', async () => {
    const { runner, state } = await goTo('1.0.0', [
      config('a', { a: '1' }, { annotations: { note: 'ours' } }),
      config('b'),
    ]);
    for (let time = 0; time < 7; time++) {
      await install.kubernetes.patch(ref('ConfigMap', 'a'), { data: { a: '2' } });
      expect(await runner.pass(state)).toMatchObject({ kind: 'done' });
    }
    expect(install.kubernetes.find('ConfigMap', 'a')?.['data']).toEqual({ a: '2' });
    expect(runner.events.filter((event) => event === 'ManifestsCorrected rules')).toHaveLength(5);
    expect(runner.events.filter((event) => event === 'DriftContested rules')).toHaveLength(1);
    const [component] = runner.reconciler.status().components;
    expect(component?.conditions).toContainEqual(
      expect.objectContaining({ type: 'Stalled', reason: 'DriftContested' }),
    );
    // Everything else is put back: another object, and another field of the same one.
    await install.kubernetes.patch(ref('ConfigMap', 'b'), { data: { a: '3' } });
    await install.kubernetes.patch(ref('ConfigMap', 'a'), { metadata: { annotations: { note: 'theirs' } } });
    await runner.pass(state);
    expect(install.kubernetes.find('ConfigMap', 'b')?.['data']).toEqual({ a: '1' });
    expect(install.kubernetes.find('ConfigMap', 'a')).toMatchObject({
      data: { a: '2' },
      metadata: { annotations: { note: 'ours' } },
    });
  });

  it.each([
    ['by one runner', 0],
    ['by a runner that starts anew each time', 1],
  ])('that are deleted again and again are put back a few times, and then after a while: %s', async (_, anew) => {
    let { runner, state } = await goTo('1.0.0', [config('a'), config('b')]);
    const events: string[] = [];
    const remove = async (name: string): Promise<void> => {
      if (anew === 1) runner = await install.startRunner();
      await install.kubernetes.delete(ref('ConfigMap', name));
      await runner.pass(state);
      if (anew === 1) events.push(...runner.events);
    };
    const isThere = (name: string): boolean => install.kubernetes.find('ConfigMap', name) !== undefined;
    for (let time = 0; time < 5; time++) {
      await remove('a');
      expect(isThere('a')).toBe(true);
    }
    await remove('a');
    if (anew === 0) events.push(...runner.events);
    expect(isThere('a')).toBe(false);
    expect(events.filter((event) => event === 'ManifestsCorrected rules')).toHaveLength(5);
    expect(events.filter((event) => event === 'DriftContested rules')).toHaveLength(1);
    const [component] = runner.reconciler.status().components;
    expect(component?.conditions).toContainEqual(
      expect.objectContaining({ type: 'Stalled', reason: 'DriftContested' }),
    );
    expect(JSON.stringify(component)).toContain('ConfigMap shop/a (deleted)');
    // As with any trouble of what is kept, it is told once it has held.
    await install.clock.sleep(5 * 60_000);
    await runner.pass(state);
    expect(runner.reconciler.status().components[0]?.state).not.toBe('Running');
    // Everything else of it is put back all the same.
    await remove('b');
    expect([isThere('a'), isThere('b')]).toEqual([false, true]);
    await install.clock.sleep(10 * 60_000);
    await runner.pass(state);
    expect(isThere('a')).toBe(true);
  });

  it('that were deleted again and again come with another release', async () => {
    const { runner, state } = await goTo('1.0.0', [config('a')]);
    for (let time = 0; time < 6; time++) {
      await install.kubernetes.delete(ref('ConfigMap', 'a'));
      await runner.pass(state);
    }
    expect(install.kubernetes.find('ConfigMap', 'a')).toBeUndefined();
    await goTo('1.1.0', [config('a', { a: '2' })]);
    expect(install.kubernetes.find('ConfigMap', 'a')?.['data']).toEqual({ a: '2' });
  });

  it('are not touched while the runner is paused', async () => {
    const { runner, state } = await goTo('1.0.0', [config('a'), config('b')]);
    await install.kubernetes.delete(ref('ConfigMap', 'a'));
    install.policy.now = runnerPolicySchema.parse({ paused: true });
    install.kubernetes.calls.length = 0;
    expect(await runner.pass(state)).toMatchObject({ kind: 'waiting', reason: 'Paused' });
    expect(writes()).toEqual([]);
    expect(JSON.stringify(runner.reconciler.status().components)).toContain('ConfigMap shop/a');
  });
});

describe('manifests that are refused', () => {
  const good = [config('a')];
  const refused: [string, JsonObject[], JsonObject, RegExp][] = [
    [
      'reach into the namespace of the runner',
      [config('x', {}, { namespace: 'landfall-system' })],
      {},
      /LF-RUNNER-071/,
    ],
    ['reach into a namespace of Kubernetes', [config('x', {}, { namespace: 'kube-system' })], {}, /LF-RUNNER-071/],
    [
      'make a policy for the runner',
      [{ apiVersion: 'landfall.dev/v1', kind: 'RunnerPolicy', metadata: { name: 'x' } }],
      {},
      /LF-RUNNER-071/,
    ],
    [
      'are in a namespace that the component does not name',
      [config('x', {}, { namespace: 'other' })],
      {},
      /LF-RUNNER-101/,
    ],
    ['make a namespace that the component does not name', [namespace('other')], {}, /LF-RUNNER-101/],
    [
      'use an image that is not pinned',
      [
        {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'x' },
          spec: { containers: [{ image: 'evil.example/x:1' }] },
        },
      ],
      {},
      /LF-RUNNER-006/,
    ],
    ['are of a kind the cluster does not know', [topic('orders')], {}, /LF-RUNNER-103/],
    ['name what is not there', [config('x', { a: '${inputs.nope}' })], {}, /LF-CONTRACT-010/],
    ['never get healthy', [deployment('x', { 'test/ready': 'false' })], {}, /not healthy after/],
    [
      'define what is never established',
      [shopKind('Topic', { 'test/established': 'false' }), topic('orders')],
      {},
      /LF-RUNNER-106/,
    ],
  ];
  it.each(refused)('because they %s: everything goes back', async (_, objects, settings, reason) => {
    await goTo('1.0.0', good);
    const { runner, result } = await goTo('1.1.0', [config('a', { a: '2' }), ...objects], settings);
    expect(result).toEqual({ kind: 'done' });
    const status = runner.reconciler.status();
    expect(reasonOf(status)).toMatch(reason);
    expect(status.observed?.version).toBe('1.0.0');
    expect(conditionsOf(status)).toMatchObject({ Ready: 'True Applied', Stalled: 'True ReleaseDenied' });
    const left = install.kubernetes.all('ConfigMap').filter(({ metadata }) => metadata.namespace !== 'landfall-system');
    expect(left.map(({ metadata, data }) => [metadata.name, data])).toEqual([['a', { a: '1' }]]);
    expect(install.kubernetes.all('Deployment')).toEqual([]);
  });

  it.each([
    ['Helm', { 'app.kubernetes.io/managed-by': 'Helm' }],
    ['another component', { 'landfall.dev/component': 'other' }],
    ['nobody', {}],
  ])('because an object belongs to %s already: nothing is touched', async (owner, labels) => {
    const theirs = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'x', namespace: 'shop', labels },
      data: { a: 'theirs' },
    };
    await install.kubernetes.create(theirs);
    const { runner } = await goTo('1.0.0', [config('x'), config('b')]);
    expect(reasonOf(runner.reconciler.status())).toMatch(/LF-RUNNER-102/);
    expect(install.kubernetes.find('ConfigMap', 'x')?.['data']).toEqual({ a: 'theirs' });
    expect(install.kubernetes.find('ConfigMap', 'b')).toBeUndefined();
    // What is nobody's may be taken over, if the component says so; what has an owner never.
    const { result } = await goTo('1.0.1', [config('x'), config('b')], { takeOver: true });
    const data = install.kubernetes.find('ConfigMap', 'x')?.['data'];
    expect({ result, data }).toEqual(
      owner === 'nobody'
        ? { result: { kind: 'done' }, data: { a: '1' } }
        : { result: expect.objectContaining({ kind: 'waiting' }), data: { a: 'theirs' } },
    );
  });

  it('because somebody else has set a field, when they are not to be overwritten', async () => {
    await goTo('1.0.0', good, { conflicts: 'refuse' });
    await install.kubernetes.patch(ref('ConfigMap', 'a'), { data: { a: 'by hand' } });
    const { runner } = await goTo('1.1.0', [config('a', { a: '2' })], { conflicts: 'refuse' });
    expect(reasonOf(runner.reconciler.status())).toMatch(/LF-RUNNER-105.*\/data\/a/);
    expect(install.kubernetes.find('ConfigMap', 'a')?.['data']).toEqual({ a: 'by hand' });
    const { result } = await goTo('1.2.0', [config('a', { a: '2' })]);
    expect(result).toEqual({ kind: 'done' });
    expect(install.kubernetes.find('ConfigMap', 'a')?.['data']).toEqual({ a: '2' });
  });
});

describe('a call to the API server that fails, whichever it is', () => {
  it('is made up for: the same end, nothing forgotten, nothing twice', async () => {
    const before = [config('stays'), config('goes')];
    const after = [shopKind('Topic'), config('stays', { a: '2' }), config('comes')];
    for (let n = 0; ; n += 1) {
      const world = createFakeInstall();
      install.dispose();
      install = world;
      await goTo('1.0.0', before);
      const runner = await world.startRunner();
      const state = world.accept(world.release('1.1.0', [rules(after)]));
      let left = n;
      let failed = '';
      world.kubernetes.before = ({ verb, kind, name }) => {
        if (failed !== '' || left-- > 0) return;
        failed = `${verb} ${kind} ${name}`;
        throw new Error('the connection was reset');
      };
      let result = await runner.pass(state);
      for (let again = 0; again < 5 && result !== 'killed' && result.kind === 'waiting'; again += 1) {
        result = await runner.pass(state);
      }
      expect({ failed, result }).toEqual({ failed, result: { kind: 'done' } });
      const names = world.kubernetes.all('ConfigMap').filter(({ metadata }) => metadata.namespace === 'shop');
      expect(names.map(({ metadata, data }) => [metadata.name, data])).toEqual([
        ['stays', { a: '2' }],
        ['comes', { a: '1' }],
      ]);
      expect(runner.reconciler.status()).toMatchObject({ denied: [], state: 'Running' });
      if (failed === '') break;
    }
  }, 180_000);
});
