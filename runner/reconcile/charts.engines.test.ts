import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../contract/index.ts';
import { requireEngines, simulatedCluster } from '../../dev/index.ts';
import type { ChartComponent } from '../testing/chart-state.ts';
import { type ShopWorld, startShopWorld } from '../testing/shop-world.ts';

const engines = await requireEngines(...simulatedCluster, 'helm');
const password = 'correct-horse-battery';
const soon = { timeout: 60_000 };

describe.skipIf(!engines.available)('charts as products have them, with the real Helm on a real API server', () => {
  let world: ShopWorld;
  beforeAll(async () => {
    world = await startShopWorld(engines.path('helm'));
  });
  afterAll(() => world?.close());

  it('waits for a Secret that values come from, touching nothing', async () => {
    world.accept(world.shop({ greeting: 'one' }));
    await expect.poll(() => world.status().waitingFor?.reason, soon).toBe('ValuesMissing');
    expect(await world.list('Secret', 'v1')).toEqual([]);
  });

  it('installs as soon as it is there: hooks, definitions, a StatefulSet with its claim, and the chart’s test', async () => {
    await world.kubernetes.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'db', namespace: 'shop' },
      data: { password: Buffer.from(password).toString('base64') },
    });
    await expect.poll(() => world.status().observed?.version, { timeout: 90_000 }).toBe('1.1.0');
    const jobs = await world.namesOf('Job', 'batch/v1');
    expect(jobs).toEqual(expect.arrayContaining(['shop-pre-install', 'shop-post-install', 'shop-smoke']));
    expect(jobs).not.toContain('shop-pre-upgrade');
    expect(await world.namesOf('PersistentVolumeClaim', 'v1')).toEqual(['data-shop-store-0']);
    expect(await world.namesOf('PodDisruptionBudget', 'policy/v1')).toEqual(['shop']);
    expect(await world.get('Topic', 'shop-orders', 'shop.example/v1')).not.toBeNull();
    expect(await world.dataOf('ConfigMap', 'shop')).toMatchObject({
      greeting: 'one',
      mode: '0644',
      kubernetes: expect.stringMatching(/^v1\./),
    });
    expect(Buffer.from((await world.dataOf('Secret', 'shop'))['password'] ?? '', 'base64').toString()).toBe(password);
  });

  it('puts the mirror into images everywhere, also of hooks, tests and definitions, and the labels on every object', async () => {
    const documents = JSON.stringify([
      await world.list('Pod', 'v1'),
      await world.list('Job', 'batch/v1'),
      await world.definition('topics.shop.example'),
    ]);
    const named = new Set(documents.match(/"image":"[^"]+"/g));
    expect([...named].filter((image) => !/mirror\.test\/lf\/(?:app|tool|agent)@sha256:/.test(image))).toEqual([]);
    expect([...named].some((image) => image.includes('lf/agent@'))).toBe(true);
    const labelled = [
      ...(await world.list('ConfigMap', 'v1')).filter(({ metadata }) => metadata.name.startsWith('shop')),
      ...(await world.list('Secret', 'v1')).filter(({ metadata }) => /^shop/.test(metadata.name)),
      ...(await world.list('Deployment', 'apps/v1')),
      ...(await world.list('StatefulSet', 'apps/v1')),
      ...(await world.list('Job', 'batch/v1')),
      ...(await world.list('Topic', 'shop.example/v1')),
    ];
    expect(labelled.length).toBeGreaterThan(8);
    for (const { metadata } of labelled)
      expect(metadata.labels).toMatchObject({ 'example.com/team': 'shop', install: 'acme' });
    const [pod] = (await world.list('Pod', 'v1')).filter(({ metadata }) => metadata.labels?.['app'] === 'shop');
    expect(pod?.metadata.labels).not.toHaveProperty('install');
  });

  it('leaves out a subchart that is switched off, with its definitions, and brings both when it is switched on', async () => {
    expect(await world.definition('caches.shop.example')).toBeNull();
    const generated = await world.dataOf('Secret', 'shop-generated');
    await world.reaches(world.shop({ greeting: 'two', cache: { enabled: true } }));
    expect(await world.definition('caches.shop.example')).not.toBeNull();
    expect(await world.dataOf('ConfigMap', 'shop-cache')).toEqual({ memory: '64' });
    // What the chart made once and looks up is still that.
    expect(await world.dataOf('Secret', 'shop-generated')).toEqual(generated);
    const jobs = await world.namesOf('Job', 'batch/v1');
    expect(jobs).toEqual(expect.arrayContaining(['shop-pre-upgrade', 'shop-post-upgrade']));
  });

  it('does not put back a Job that went by itself', async () => {
    await expect.poll(async () => world.get('Job', 'shop-once', 'batch/v1'), soon).toBeNull();
    const passes = world.real.results.length;
    world.real.loop.reconsider();
    await expect.poll(() => world.real.results.length, soon).toBeGreaterThan(passes);
    expect(await world.get('Job', 'shop-once', 'batch/v1')).toBeNull();
    expect(world.status().state).toBe('Running');
  });

  it('refuses values that the chart’s schema does not allow, and nothing has changed', async () => {
    const before = [
      await world.history(),
      await world.get('ConfigMap', 'shop'),
      await world.get('Deployment', 'shop', 'apps/v1'),
    ];
    await world.isDenied(/LF-ENGINES-014.*replicas/, world.shop({ greeting: 'three', replicas: 'many' }));
    expect([
      await world.history(),
      await world.get('ConfigMap', 'shop'),
      await world.get('Deployment', 'shop', 'apps/v1'),
    ]).toEqual(before);
  });

  it('refuses a chart that Helm cannot keep, and nothing has changed', async () => {
    const before = await world.history();
    await world.isDenied(/LF-RUNNER-142.*model\.bin/, world.shop({ greeting: 'three' }, {}, 'large'));
    expect(await world.history()).toEqual(before);
  });

  it('takes a release back whose own test fails', async () => {
    await world.isDenied(
      /LF-RUNNER-144/,
      world.shop(
        { greeting: 'bad', cache: { enabled: true }, tests: { node: 'nowhere' } },
        { test: { timeoutSeconds: 3 } },
      ),
    );
    expect(await world.dataOf('ConfigMap', 'shop')).toMatchObject({ greeting: 'two' });
  });

  it('applies a changed Secret without a release, and tells nobody what is in it', async () => {
    const revisions = (await world.history()).length;
    const changed = `${password}-changed`;
    await world.kubernetes.patch(
      { apiVersion: 'v1', kind: 'Secret', namespace: 'shop', name: 'db' },
      { data: { password: Buffer.from(changed).toString('base64') } },
    );
    const rendered = async (): Promise<string> =>
      Buffer.from((await world.dataOf('Secret', 'shop'))['password'] ?? '', 'base64').toString();
    await expect.poll(rendered, soon).toBe(changed);
    await expect.poll(async () => (await world.history()).at(-1), soon).toMatch(/deployed/);
    expect((await world.history()).length).toBeLessThanOrEqual(Math.min(revisions + 1, 5));
    const { items } = await world.kubernetes.list({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      namespace: 'landfall-system',
    });
    const outside = `${world.real.told.join('\n')}${JSON.stringify([world.status(), items])}`;
    expect(outside).toContain('HelmUpgrade shop');
    for (const form of [password, Buffer.from(password).toString('base64')]) expect(outside).not.toContain(form);
  });

  it('tells drift, puts it back, and leaves alone what a rule names', async () => {
    const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'shop' };
    const values = { greeting: 'four', cache: { enabled: true } };
    await world.reaches(world.shop(values, { drift: { mode: 'warn' } }));
    await world.kubernetes.patch(ref, { spec: { replicas: 3 } });
    const drifted = () => world.status().components[0]?.conditions.find(({ type }) => type === 'Drifted')?.message;
    await expect.poll(drifted, soon).toBe('changed by others: Deployment shop (/spec/replicas)');
    expect((await world.deployment()).replicas).toBe(3);

    await world.reaches(world.shop(values, { drift: { mode: 'enforce' } }));
    await expect.poll(async () => (await world.deployment()).replicas, soon).toBe(2);
    const began = performance.now();
    await world.kubernetes.patch(ref, { spec: { replicas: 4 } });
    await world.kubernetes.patch({ ...ref, apiVersion: 'v1', kind: 'Secret' }, { data: { password: 'eA==' } });
    await expect.poll(async () => (await world.deployment()).replicas, { ...soon, interval: 50 }).toBe(2);
    expect(performance.now() - began).toBeLessThan(20_000);
    await expect.poll(async () => (await world.dataOf('Secret', 'shop'))['password'], soon).not.toBe('eA==');

    await world.reaches(
      world.shop(values, { drift: { mode: 'enforce', ignore: [{ path: '/spec/replicas', kind: 'Deployment' }] } }),
    );
    await world.kubernetes.patch(ref, { spec: { replicas: 1 }, metadata: { labels: { install: 'other' } } });
    await expect
      .poll(async () => (await world.get('Deployment', 'shop', 'apps/v1'))?.metadata.labels?.['install'], soon)
      .toBe('acme');
    expect((await world.deployment()).replicas).toBe(1);
    await expect.poll(() => world.status().state, soon).toBe('Running');
  });

  it('brings definitions up to date only where it is told to', async () => {
    const described = async (): Promise<string> => JSON.stringify(await world.definition('topics.shop.example'));
    const values = { greeting: 'five', cache: { enabled: true } };
    await world.reaches(world.shop(values, {}, 'two'));
    expect(await described()).toContain('generation one');
    await world.reaches(world.shop({ ...values, greeting: 'six' }, { crds: 'create-replace' }, 'two'));
    expect(await described()).toContain('generation two');
  });

  it('makes anew what cannot be changed, only with force', async () => {
    const { uid } = await world.deployment();
    const values = { greeting: 'seven', generation: 'two', cache: { enabled: true } };
    await world.isDenied(/immutable/, world.shop(values, {}, 'two'));
    expect((await world.deployment()).uid).toBe(uid);
    await world.reaches(world.shop(values, { force: true }, 'two'));
    expect((await world.deployment()).uid).not.toBe(uid);
    expect(await world.namesOf('PersistentVolumeClaim', 'v1')).toEqual(['data-shop-store-0']);
  });

  it('takes over what was there before, only where it is told to', async () => {
    await world.kubernetes.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'second', namespace: 'shop' },
    });
    const first = world.shop(
      { greeting: 'seven', generation: 'two', cache: { enabled: true } },
      { force: true },
      'two',
    );
    const second = (settings: JsonObject): ChartComponent => ({
      ...world.shop({ greeting: 'second' }, { hooks: false, failedInstall: 'uninstall', ...settings }),
      name: 'second',
    });
    await world.isDenied(/second/, first, second({}));
    expect((await world.get('ConfigMap', 'second'))?.['data']).toBeUndefined();
    await world.reaches(first, second({ takeOwnership: true }));
    expect(await world.dataOf('ConfigMap', 'second')).toMatchObject({ greeting: 'second' });
    // Without hooks: none of this one's was made.
    const jobs = await world.namesOf('Job', 'batch/v1');
    expect(jobs.filter((name) => /^second-p/.test(name))).toEqual([]);
  });

  it('keeps as many revisions as it is told', async () => {
    expect((await world.history()).length).toBeLessThanOrEqual(5);
  });

  it('removes it with its hooks, and leaves claims and definitions', async () => {
    await world.reaches({
      ...world.shop({ greeting: 'second' }, { takeOwnership: true, hooks: false }),
      name: 'second',
    });
    expect(await world.get('Deployment', 'shop', 'apps/v1')).toBeNull();
    expect(await world.get('ConfigMap', 'shop')).toBeNull();
    const jobs = await world.namesOf('Job', 'batch/v1');
    expect(jobs).toEqual(expect.arrayContaining(['shop-pre-delete', 'shop-post-delete']));
    expect(await world.get('PersistentVolumeClaim', 'data-shop-store-0')).not.toBeNull();
    for (const name of ['topics.shop.example', 'groups.shop.example', 'caches.shop.example'])
      expect(await world.definition(name)).not.toBeNull();
  });
});
