import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LandfallError } from '../../contract/index.ts';
import type { Helm } from '../../engines/index.ts';
import { createFakeInstall, type FakeInstall } from '../testing/index.ts';
import { chart, settings } from './scenarios/product.ts';
import { shopKind } from '../testing/shop-kind.ts';

let install: FakeInstall;
beforeEach(() => {
  install = createFakeInstall();
});
afterEach(() => install.dispose());

const one = { components: 1, terraform: 1 };
const accept = (version: string, ...components: Parameters<FakeInstall['release']>[1]) =>
  install.accept(install.release(version, components));
const about = async (runner: Awaited<ReturnType<FakeInstall['startRunner']>>, name: string) => {
  const found = runner.reconciler.status().components.find((component) => component.name === name);
  return found?.conditions.find(({ type }) => type === 'Ready');
};

/** Helm, whose next upgrades fail as the real one does when the API server says that. */
function refusing(says: string[]): Helm {
  return {
    ...install.helm,
    upgradeInstall: async (request, call) => {
      const said = says.shift();
      if (said === undefined) return install.helm.upgradeInstall(request, call);
      const message = `upgrade of release "${request.name}" failed (exit 1): UPGRADE FAILED: ${said}`;
      throw new LandfallError('LF-ENGINES-010', message, { temporary: said.includes('deadline') });
    },
  };
}

describe('a release that its environment refuses', () => {
  const quota = 'services "web" is forbidden: exceeded quota: compute, requested: services=1, used: services=3';
  const webhook =
    'Internal error occurred: failed calling webhook "v.corp.example": failed to call webhook: context deadline exceeded';
  it.each([
    ['a quota', quota, 'QuotaExceeded'],
    ['a webhook that times out', webhook, 'WebhookUnavailable'],
  ])('by %s: told so, tried again, blamed for nothing, and goes on when it passes', async (_, said, reason) => {
    const says: string[] = [];
    const runner = await install.startRunner({ over: { helm: refusing(says) } });
    expect(await runner.pass(accept('1.0.0', chart('web')))).toEqual({ kind: 'done' });
    const next = accept('1.1.0', chart('web', { deployments: ['web2'] }));
    says.push(said, said, said);
    for (let pass = 0; pass < 3; pass++) {
      const result = await runner.pass(next);
      expect(result).toMatchObject({ kind: 'waiting', reason });
      if (result !== 'killed' && result.kind === 'waiting') expect(result.until?.getTime()).toBeGreaterThan(0);
      expect(await about(runner, 'web')).toMatchObject({ status: 'False', reason });
      expect(runner.reconciler.status().denied).toEqual([]);
    }
    expect(await runner.pass(next)).toEqual({ kind: 'done' });
    expect(install.deployments()).toEqual(['web2']);
  });

  it('twin: by a webhook that answers and says no: denied, as anything that will not do', async () => {
    const says: string[] = [];
    const runner = await install.startRunner({ over: { helm: refusing(says) } });
    await runner.pass(accept('1.0.0', chart('web')));
    says.push('admission webhook "v.corp.example" denied the request: privileged');
    await runner.pass(accept('1.1.0', chart('web', { deployments: ['web2'] })));
    expect(runner.reconciler.status().denied).toMatchObject([{ version: '1.1.0' }]);
  });
});

describe('a full disk', () => {
  it('is waited for, is no fault of the release, and is told by its name', async () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    let room = false;
    const fetchChart: FakeInstall['mirror']['fetchChart'] = (...what) =>
      room ? install.mirror.fetchChart(...what) : Promise.reject(full);
    const runner = await install.startRunner({ over: { mirror: { ...install.mirror, fetchChart } } });
    const state = accept('1.0.0', chart('web'));
    expect(await runner.pass(state)).toMatchObject({ kind: 'waiting', reason: 'DiskFull' });
    room = true;
    expect(await runner.pass(state)).toEqual({ kind: 'done' });
  });
});

describe('a namespace that somebody deletes', () => {
  const shop = { apiVersion: 'v1', kind: 'Namespace', name: 'shop' };

  it('is waited for, with what holds it; others are looked after, and it is made anew when it is gone', async () => {
    const runner = await install.startRunner({ over: { width: one } });
    const elsewhere = { ...chart('apart'), settings: { namespace: 'apart' } };
    const state = accept('1.0.0', chart('web'), elsewhere);
    expect(await runner.pass(state)).toEqual({ kind: 'done' });
    await install.kubernetes.patch(shop, { metadata: { finalizers: ['corp.example/hold'] } });
    await install.kubernetes.delete(shop);
    const held = { type: 'NamespaceFinalizersRemaining', status: 'True', message: 'corp.example/hold remains' };
    await install.kubernetes.patch(shop, { status: { conditions: [held] } });
    for (const secret of install.kubernetes.all('Secret').filter(({ metadata }) => metadata.labels?.['name'] === 'web'))
      await install.kubernetes.delete({ ...secret, ...secret.metadata });
    for (const [namespace, name] of [
      ['shop', 'web'],
      ['apart', 'apart'],
    ] as const)
      await install.kubernetes.delete({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name });
    const calls = install.helm.calls.length;
    for (let pass = 0; pass < 3; pass++) {
      expect(await runner.pass(state)).toMatchObject({ kind: 'waiting', reason: 'NamespaceTerminating' });
    }
    expect(await about(runner, 'web')).toMatchObject({ reason: 'NamespaceTerminating' });
    expect((await about(runner, 'web'))?.message).toContain('corp.example/hold remains');
    expect([install.deployments(), install.helm.calls.length]).toEqual([['apart'], calls]);

    await install.kubernetes.patch(shop, { metadata: { finalizers: null } });
    expect(install.kubernetes.find('Namespace', 'shop')).toBeUndefined();
    expect(await runner.pass(state)).toEqual({ kind: 'done' });
    expect(install.deployments()).toEqual(['apart', 'web']);
    expect(install.kubernetes.find('Namespace', 'shop')?.metadata.deletionTimestamp).toBeUndefined();
  });
});

describe('a namespace that somebody deletes while Helm works in it', () => {
  const shop = { apiVersion: 'v1', kind: 'Namespace', name: 'shop' };
  const failing = (meanwhile: () => Promise<unknown>): FakeInstall['helm'] => {
    let failed = false;
    const upgradeInstall: FakeInstall['helm']['upgradeInstall'] = async (...request) => {
      if (failed) return install.helm.upgradeInstall(...request);
      failed = true;
      await meanwhile();
      throw new LandfallError('LF-ENGINES-010', 'Installing failed (exit 1): namespaces "shop" not found');
    };
    return { ...install.helm, upgradeInstall };
  };

  it.each([
    ['and that is gone', () => install.kubernetes.delete(shop)],
    [
      'and that is going',
      async () => {
        await install.kubernetes.patch(shop, { metadata: { finalizers: ['corp.example/hold'] } });
        await install.kubernetes.delete(shop);
      },
    ],
  ])('%s, delays the release, and denies nothing', async (_, meanwhile) => {
    const runner = await install.startRunner({ over: { helm: failing(meanwhile), width: one } });
    const state = accept('1.0.0', chart('web'));
    expect(await runner.pass(state)).toMatchObject({ kind: 'waiting', reason: 'NamespaceTerminating' });
    expect(runner.reconciler.status().denied).toEqual([]);
    if (install.kubernetes.find('Namespace', 'shop') !== undefined)
      await install.kubernetes.patch(shop, { metadata: { finalizers: null } });
    expect(await runner.pass(state)).toEqual({ kind: 'done' });
    expect(install.deployments()).toEqual(['web']);
  });

  it('twin: where it is still there, the same failure is the release’s own', async () => {
    const runner = await install.startRunner({ over: { helm: failing(async () => undefined), width: one } });
    await runner.pass(accept('1.0.0', chart('web')));
    expect(runner.reconciler.status().denied).toMatchObject([{ version: '1.0.0' }]);
  });

  it('is asked for once in a pass, however many components are in it', async () => {
    const runner = await install.startRunner({ over: { width: one } });
    await runner.pass(accept('1.0.0', chart('web'), chart('api'), chart('jobs')));
    const asked = install.kubernetes.calls.filter(({ verb, kind }) => verb === 'get' && kind === 'Namespace');
    expect(asked).toHaveLength(1);
  });
});

describe('a chart that somebody else installs in the same moment', () => {
  it('is looked at anew, upgraded, and denies nothing', async () => {
    let first = true;
    const upgradeInstall: FakeInstall['helm']['upgradeInstall'] = async (request, call) => {
      const { isNew: _, labels: __, ...theirs } = request;
      if (first) await install.helm.upgradeInstall(theirs);
      first = false;
      return install.helm.upgradeInstall(request, call);
    };
    const runner = await install.startRunner({ over: { helm: { ...install.helm, upgradeInstall }, width: one } });
    const state = accept('1.0.0', chart('web'));
    expect(await runner.pass(state)).toMatchObject({ kind: 'waiting' });
    expect(await runner.pass(state)).toEqual({ kind: 'done' });
    expect(runner.reconciler.status().denied).toEqual([]);
    const records = install.kubernetes.all('Secret').map(({ metadata }) => metadata.labels?.['status']);
    expect(records).toEqual(['superseded', 'deployed']);
  });
});

describe('a kind that somebody takes out of the cluster', () => {
  const definition = shopKind('Topic');
  const topics = {
    ...settings({}),
    name: 'topics',
    objects: [{ apiVersion: 'shop.example/v1', kind: 'Topic', metadata: { name: 'orders' }, spec: {} }],
  };
  const crd = { apiVersion: definition.apiVersion, kind: definition.kind, name: definition.metadata.name };
  const takeAway = async (): Promise<void> => {
    await install.kubernetes.delete({
      apiVersion: 'shop.example/v1',
      kind: 'Topic',
      namespace: 'shop',
      name: 'orders',
    });
    await install.kubernetes.delete(crd);
  };

  it('while it is kept: told so, the others are looked after, and its objects come back with it', async () => {
    await install.kubernetes.create(definition);
    const runner = await install.startRunner({ over: { width: one } });
    const state = accept('1.0.0', topics, chart('web'));
    expect(await runner.pass(state)).toEqual({ kind: 'done' });
    await takeAway();
    await install.kubernetes.delete({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' });
    expect(await runner.pass(state)).toMatchObject({ kind: 'waiting', reason: 'KindMissing' });
    expect(await about(runner, 'topics')).toMatchObject({ status: 'False', reason: 'KindMissing' });
    expect(install.deployments()).toEqual(['web']);
    await install.kubernetes.create(definition);
    expect(await runner.pass(state)).toEqual({ kind: 'done' });
    expect(install.kubernetes.find('Topic', 'orders')).toBeDefined();
  });

  it('before a release that does not have it any more: it is removed without it', async () => {
    await install.kubernetes.create(definition);
    const runner = await install.startRunner();
    await runner.pass(accept('1.0.0', topics, chart('web')));
    await takeAway();
    expect(await runner.pass(accept('2.0.0', chart('web')))).toEqual({ kind: 'done' });
    expect(runner.reconciler.status().components.map(({ name }) => name)).toEqual(['web']);
  });
});
