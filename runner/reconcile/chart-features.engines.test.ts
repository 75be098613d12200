import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { JsonObject } from '../../contract/index.ts';
import { requireEngines, simulatedCluster } from '../../dev/index.ts';
import { type ShopWorld, startShopWorld } from '../testing/shop-world.ts';

const engines = await requireEngines(...simulatedCluster, 'helm');
const run = promisify(execFile);
const soon = { timeout: 60_000 };
const hooks = ['pre-install', 'post-install', 'pre-upgrade', 'post-upgrade', 'pre-delete', 'post-delete'];

describe.skipIf(!engines.available)('what charts do, with the real Helm on a real API server', () => {
  let world: ShopWorld;
  beforeAll(async () => {
    world = await startShopWorld(engines.path('helm'));
    const metadata = { name: 'db', namespace: 'shop' };
    await world.kubernetes.create({ apiVersion: 'v1', kind: 'Secret', metadata, data: { password: 'eA==' } });
  });
  afterAll(() => world?.close());

  const helm = async (...args: string[]): Promise<string> => {
    const env = { KUBECONFIG: world.adminKubeconfigPath, PATH: '/usr/bin:/bin', HOME: world.dir };
    return (await run(engines.path('helm'), [...args, '--namespace=shop'], { env })).stdout;
  };
  const releases = async (): Promise<string[]> => {
    const rows = z.array(z.object({ name: z.string(), status: z.string() }));
    return rows.parse(JSON.parse(await helm('list', '--output=json'))).map((each) => `${each.name} ${each.status}`);
  };
  const jobs = (): Promise<string[]> => world.namesOf('Job', 'batch/v1');
  const greeting = async (): Promise<string | undefined> => (await world.dataOf('ConfigMap', 'shop'))['greeting'];
  const component = (type: string) => world.status().components[0]?.conditions.find((each) => each.type === type);
  const failing = (failedInstall: string) =>
    world.shop({ greeting: 'bad', tests: { node: 'nowhere' } }, { test: { timeoutSeconds: 2 }, failedInstall });

  describe('a first install that fails', () => {
    it('stays for looking at, unless it is to be removed', async () => {
      const version = world.accept(failing('keep'));
      await expect.poll(() => world.status().denied.at(-1)?.version, { timeout: 90_000 }).toBe(version);
      const reasons = (): string[] => world.status().conditions.map(({ reason }) => reason);
      await expect.poll(reasons, soon).toContain('InstallFailed');
      expect(await releases()).toEqual(['shop deployed']);
      expect(await world.get('Deployment', 'shop', 'apps/v1')).not.toBeNull();
    });

    it('is removed where it says so: no release, no object of it', async () => {
      const version = world.accept(failing('uninstall'));
      await expect.poll(() => world.status().denied.at(-1)?.version, { timeout: 90_000 }).toBe(version);
      await expect.poll(releases, soon).toEqual([]);
      expect(await world.get('Deployment', 'shop', 'apps/v1')).toBeNull();
      expect(await world.get('ConfigMap', 'shop')).toBeNull();
    });
  });

  describe('an install and an upgrade, with', () => {
    let generated: Record<string, string>;
    it('everything that charts are made of', async () => {
      for (const name of await jobs()) {
        const ref = { apiVersion: 'batch/v1', kind: 'Job', namespace: 'shop', name };
        await world.kubernetes.delete(ref);
      }
      await world.reaches(world.shop({ greeting: 'one' }));
      generated = await world.dataOf('Secret', 'shop-generated');
      await world.reaches(world.shop({ greeting: 'two', cache: { enabled: true } }));
      expect(await greeting()).toBe('two');
    });

    const features: [string, () => Promise<void>][] = [
      [
        'hooks around the install and the upgrade',
        async () =>
          expect(await jobs()).toEqual(expect.arrayContaining(hooks.slice(0, 4).map((hook) => `shop-${hook}`))),
      ],
      [
        'hooks around the removal, which have not run',
        async () => expect((await jobs()).join()).not.toContain('delete'),
      ],
      [
        'CRDs in crds/, and an object of their kind',
        async () => {
          expect(await world.definition('topics.shop.example')).not.toBeNull();
          expect(await world.get('Topic', 'shop-orders', 'shop.example/v1')).not.toBeNull();
        },
      ],
      [
        'a subchart behind a condition, with CRDs of its own',
        async () => {
          expect(await world.dataOf('ConfigMap', 'shop-cache')).toEqual({ memory: '64' });
          expect(await world.definition('caches.shop.example')).not.toBeNull();
        },
      ],
      [
        'a library chart',
        async () =>
          expect((await world.get('Deployment', 'shop', 'apps/v1'))?.metadata.labels).toMatchObject({
            'app.kubernetes.io/name': 'shop',
            'app.kubernetes.io/instance': 'shop',
          }),
      ],
      [
        'a StatefulSet with a claim for each of its pods',
        async () => {
          const claim = await world.get('PersistentVolumeClaim', 'data-shop-store-0');
          expect(claim?.['status']).toMatchObject({ phase: 'Bound' });
        },
      ],
      [
        'a Job with a time to live, which is not put back once it is gone',
        async () => {
          await expect.poll(() => world.get('Job', 'shop-once', 'batch/v1'), soon).toBeNull();
          expect(world.status().state).toBe('Running');
        },
      ],
      [
        'lookup: what was made once is found again',
        async () => {
          expect(generated['key']).toMatch(/^[A-Za-z0-9+/=]{20,}$/);
          expect(await world.dataOf('Secret', 'shop-generated')).toEqual(generated);
        },
      ],
      [
        'capabilities: the version of the cluster, and whether a kind is there',
        async () => {
          expect((await world.dataOf('ConfigMap', 'shop'))['kubernetes']).toMatch(/^v1\./);
          expect(await world.namesOf('PodDisruptionBudget', 'policy/v1')).toEqual(['shop']);
        },
      ],
      [
        'NOTES, as `helm get notes` shows them',
        async () => expect(await helm('get', 'notes', 'shop')).toContain('shop 1.0.0 says two in shop.'),
      ],
      ['its own test', async () => expect(await jobs()).toContain('shop-smoke')],
    ];
    it.each(features)('%s', async (_, check) => {
      expect.hasAssertions();
      await check();
    });

    it('a schema for its values, which refuses before anything is touched', async () => {
      const before = await world.history();
      await world.isDenied(/LF-ENGINES-014.*replicas/, world.shop({ greeting: 'three', replicas: 'many' }));
      expect(await world.history()).toEqual(before);
    });
  });

  it('what fails is tried again as often as it says, and goes on when the reason is gone', async () => {
    const second = (settings: JsonObject) => ({
      ...world.shop({ greeting: 'second' }, { hooks: false, ...settings }),
      name: 'second',
    });
    const first = world.shop({ greeting: 'two', cache: { enabled: true } });
    const inTheWay = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'second', namespace: 'shop' } };
    await world.kubernetes.create(inTheWay);
    const version = world.accept(first, second({ retries: 10 }));
    await expect.poll(() => world.status().waitingFor?.reason, soon).toBe('Retrying');
    expect(world.status().waitingFor?.message).toMatch(/try \d+ of 11 comes later: .*second/);
    await world.kubernetes.delete({ ...inTheWay, ...inTheWay.metadata });
    await expect.poll(() => world.status().observed?.version, { timeout: 90_000 }).toBe(version);
    expect(await world.dataOf('ConfigMap', 'second')).toMatchObject({ greeting: 'second' });
    await world.reaches(first);
    expect(await releases()).toEqual(['shop deployed']);
  });

  it('a component that is suspended is looked at and never touched, until it goes on', async () => {
    const values = { greeting: 'later', cache: { enabled: true } };
    const before = await world.history();
    const version = world.accept(world.shop(values, { suspend: true }));
    await expect.poll(() => world.status().observed?.version, soon).toBe(version);
    expect(component('Suspended')).toMatchObject({ status: 'True', reason: 'Suspended' });
    await world.kubernetes.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'shop' });
    await expect.poll(() => component('Drifted')?.reason, soon).toBe('ObjectsMissing');
    expect([await world.get('ConfigMap', 'shop'), await world.history()]).toEqual([null, before]);
    await world.reaches(world.shop(values));
    expect(await greeting()).toBe('later');
  });

  it('as many revisions are kept as it says, also when it says fewer than there are', async () => {
    for (const word of ['a', 'b', 'c'])
      await world.reaches(world.shop({ greeting: word, cache: { enabled: true } }, { historyLimit: 5 }));
    expect((await world.history()).length).toBeGreaterThan(2);
    await world.reaches(world.shop({ greeting: 'd', cache: { enabled: true } }, { historyLimit: 2 }));
    expect(await world.history()).toHaveLength(2);
  });

  it('its removal runs the hooks around it, and leaves claims and CRDs', async () => {
    await world.reaches({ ...world.shop({ greeting: 'x' }, { hooks: false }), name: 'second' });
    expect(await jobs()).toEqual(expect.arrayContaining(['shop-pre-delete', 'shop-post-delete']));
    expect(await releases()).toEqual(['second deployed']);
    expect(await world.get('PersistentVolumeClaim', 'data-shop-store-0')).not.toBeNull();
    expect(await world.definition('topics.shop.example')).not.toBeNull();
  });
});
