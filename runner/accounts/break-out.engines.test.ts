import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../contract/index.ts';
import { requireEngines, simulatedCluster } from '../../dev/index.ts';
import { createEffects, openJournal } from '../effects/index.ts';
import { createStore } from '../store/index.ts';
import { type Caller, type GuardedCluster, startGuardedCluster } from '../testing/guarded-cluster.ts';
import {
  accounts,
  type Attack,
  attacks,
  bindTo,
  deployment,
  foreign,
  pinned,
  pod,
  productAccount,
  rbac,
  role,
  runs,
} from './testing/attacks.ts';
import { dryly, untilIt, withoutRule, withRights } from './testing/without-rule.ts';
import { giveUsualRights } from './usual-rights.ts';
import { shopKind } from '../testing/shop-kind.ts';

const engines = await requireEngines(...simulatedCluster, 'helm');
const where = 'against the real chart on a real API server';

describe.skipIf(!engines.available)(`a component that tries to break out, ${where}`, () => {
  let world: GuardedCluster;
  let component: Caller;
  const never = new AbortController().signal;

  /** Policies and bindings take effect a moment after they are written. */
  const eventually = async (what: string, condition: () => Promise<boolean>): Promise<void> => {
    const met = async (): Promise<void> => {
      if (!(await condition())) throw new Error(`it did not come true: ${what}`);
    };
    await vi.waitFor(met, { timeout: 20_000, interval: 100 });
  };
  const tried = async (path: string, body: object, method = 'POST'): Promise<number> =>
    (await component(method, `${path}?dryRun=All`, body)).status;
  const pods = '/api/v1/namespaces/shop/pods';
  const unlabel = { metadata: { labels: { 'landfall.dev/images': 'any' } } };
  /** Each guard by something that no other one refuses. */
  const guarded = async (): Promise<boolean> => {
    const image = await tried(pods, pod('probe', runs(foreign)));
    const node = await tried(pods, pod('probe', runs(pinned, { hostPID: true })));
    const place = await tried('/api/v1/namespaces/shop', unlabel, 'PATCH');
    return [image, node, place].every((status) => status === 403);
  };
  beforeAll(async () => {
    world = await startGuardedCluster(engines.path('helm'));
    const store = createStore({ kubernetes: world.kubernetes, namespace: 'landfall-system', epoch: () => 1 });
    const lease = { epoch: 1, signal: never };
    const effects = createEffects({ journal: await openJournal(store), clock: systemClock, lease, stop: never });
    for (const name of ['shop', 'other']) {
      const parts = { ...world, effects, clock: systemClock, namespace: 'landfall-system' };
      await giveUsualRights(parts, { component: name, namespaces: [name] }, never);
    }
    component = await world.callerWith({ namespace: accounts, name: 'shop' });
    await eventually('the guards are on', guarded);
  });
  afterAll(async () => world?.close());

  it('may do what it is for: workloads of the mirror, secrets, roles within what it has, in its namespace', async () => {
    const meshed = [...runs(pinned).containers, { name: 'mesh', image: 'mesh.test/proxy:1' }];
    const reader = bindTo('reader', 'Role', 'reader', productAccount);
    const done = [
      await component('POST', '/apis/apps/v1/namespaces/shop/deployments', deployment('web', runs(pinned))),
      await component('POST', '/api/v1/namespaces/shop/secrets', { metadata: { name: 'config' } }),
      await component('POST', `${rbac}/namespaces/shop/roles`, role('reader', {})),
      await component('POST', `${rbac}/namespaces/shop/rolebindings`, reader),
      await component('PATCH', '/api/v1/namespaces/shop', { metadata: { labels: { team: 'shop' } } }),
      await component('POST', pods, pod('meshed', { containers: meshed })),
    ];
    expect(done.map(({ status, message }) => `${status} ${message}`.trim())).toEqual([
      '201',
      '201',
      '201',
      '201',
      '200',
      '201',
    ]);
  });

  it.each(attacks)('$name: refused with the rights that the chart gives', async ({ attempt }) => {
    expect(await attempt(component)).toMatchObject({ status: 403 });
  });

  const lacking = attacks.filter(({ guard }) => guard === 'rights');
  it.each(lacking)('$name: held by the lack of that right alone, and with it it succeeds', async (attack) => {
    const dry = dryly(component);
    const account = { kind: 'ServiceAccount', namespace: accounts, name: 'shop' };
    await withRights(world, account, attack.needs ?? [], async () => {
      await untilIt(() => attack.attempt(dry), 'succeeds');
      const others = lacking.filter(({ name }) => name !== attack.name);
      const statuses = await Promise.all(others.map(async (other) => (await other.attempt(dry)).status));
      expect(new Set(statuses)).toEqual(new Set([403]));
    });
    await untilIt(() => attack.attempt(dry), 'is refused');
  });

  const held = attacks.filter(({ guard }) => guard !== 'rights');
  /** What each is told when it is refused. */
  const refusals = new Map<string, string>();

  describe('whose account was given every right in the cluster', () => {
    beforeAll(async () => {
      const account = { kind: 'ServiceAccount', namespace: accounts, name: 'shop' };
      await world.admin('POST', `${rbac}/clusterrolebindings`, bindTo('test', 'ClusterRole', 'cluster-admin', account));
      await eventually('it has every right', async () => (await component('GET', '/api/v1/secrets')).status === 200);
      for (const { name, attempt } of held) refusals.set(name, (await attempt(dryly(component))).message);
    });

    it('still does what it was given: objects of the whole cluster, and what has no name yet', async () => {
      const nameless = { metadata: { generateName: 'event-' }, data: {} };
      expect([
        await tried('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', shopKind('Topic')),
        await tried(`${rbac}/clusterroles`, role('shop-reader', {})),
        await tried('/api/v1/namespaces', { metadata: { name: 'shop-more' } }),
        await tried('/api/v1/namespaces/shop/configmaps', nameless),
      ]).toEqual([201, 201, 201, 201]);
    });

    it.each(held)('$name: refused by $guard all the same', async ({ attempt, guard }) => {
      const answer = await attempt(component);
      expect(answer).toMatchObject({ status: 403, message: expect.stringContaining(guard) });
    });

    // The twins: one rule alone is taken away (or each of those that hold it alone), and what it holds comes through, while everything else is held.
    const openUp = async (attack: Attack, told: string, loosened: readonly string[] = []): Promise<number> => {
      const attempt = () => attack.attempt(dryly(component));
      return withoutRule(world, attack.guard, told, async (words) => {
        const loose = [...loosened, words];
        if (loose.length < (attack.rules ?? 1))
          return openUp(attack, (await untilIt(attempt, 'is refused', words)).message, loose);
        const { status } = await untilIt(attempt, 'succeeds');
        const still = (refusal = ''): boolean => loose.every((each) => !refusal.includes(each));
        for (const { name, attempt: other } of held.filter((each) => each !== attack && still(refusals.get(each.name))))
          expect([name, await other(dryly(component))]).toMatchObject([name, { status: 403 }]);
        return status;
      });
    };
    it.each(held)('$name: without the rule of $guard that holds it, it succeeds', async (attack) => {
      const attempt = () => attack.attempt(dryly(component));
      const { message } = await untilIt(attempt, 'is refused');
      expect(await openUp(attack, message)).toBeLessThan(300);
      await untilIt(attempt, 'is refused');
    });
  });
});
