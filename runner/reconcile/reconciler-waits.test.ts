import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LandfallError } from '../../contract/index.ts';
import { conditionsOf, createFakeInstall, type FakeComponent, type FakeInstall } from '../testing/index.ts';

const bucket = (more: object = {}): FakeComponent => ({
  name: 'bucket',
  module: { outputs: { bucketName: 'lf-acme-events' }, ...more },
  outputs: ['bucketName'],
});
const broker = (more: object = {}): FakeComponent => ({ name: 'broker', chart: { deployments: ['broker'], ...more } });
const gateway = (more: object = {}): FakeComponent => ({
  name: 'gateway',
  dependsOn: ['bucket', 'broker'],
  chart: { deployments: ['gateway'], ...more },
  values: { bucket: '${components.bucket.outputs.bucketName}' },
});

let install: FakeInstall;
beforeEach(() => {
  install = createFakeInstall();
});
afterEach(() => install.dispose());

async function installed(components = [bucket(), broker(), gateway()]) {
  const runner = await install.startRunner();
  const v1 = install.accept(install.release('1.0.0', components));
  expect(await runner.pass(v1)).toEqual({ kind: 'done' });
  return { runner, v1 };
}

describe("the customer's policy", () => {
  const next = () => install.accept(install.release('1.1.0', [bucket(), broker(), gateway({ deployments: ['g2'] })]));

  it('that pauses the runner stops everything, and says so', async () => {
    const { runner } = await installed();
    install.policy.now = { paused: true, windows: [] };
    await install.kubernetes.delete({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'gateway' });
    expect(await runner.pass(next())).toMatchObject({ kind: 'waiting', reason: 'Paused', until: null });
    expect(install.deployments()).toEqual(['broker']);
    expect(conditionsOf(runner.reconciler.status())).toMatchObject({ Suspended: 'True Paused' });
    const gatewayNow = runner.reconciler.status().components.find((component) => component.name === 'gateway');
    expect(gatewayNow?.conditions.map((condition) => condition.reason)).toContain('ObjectsMissing');
  });

  it('with a window makes a release wait until it opens; repairs do not wait', async () => {
    const { runner } = await installed();
    install.policy.now = {
      paused: false,
      windows: [{ days: ['Tue'], start: '02:00', end: '04:00', timeZone: 'Europe/Berlin' }],
    };
    await install.kubernetes.delete({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'gateway' });
    const wanted = next();
    expect(await runner.pass(wanted)).toMatchObject({
      kind: 'waiting',
      reason: 'MaintenanceWindow',
      until: new Date('2026-01-06T01:00:00.000Z'),
    });
    expect(install.deployments()).toEqual(['broker', 'gateway']);
    install.clock.set('2026-01-06T01:00:00.000Z');
    expect(await runner.pass(wanted)).toEqual({ kind: 'done' });
    expect(install.deployments()).toEqual(['broker', 'g2']);
  });

  it('that forbids a kind refuses the release before anything is touched', async () => {
    const { runner } = await installed();
    install.policy.now = { paused: false, windows: [], allowedKinds: ['helm'] };
    expect(await runner.pass(next())).toMatchObject({ kind: 'waiting', reason: 'KindNotAllowed' });
    expect(install.deployments()).toEqual(['broker', 'gateway']);
  });
});

describe('what is waited for', () => {
  it('is a secret that is not there; nothing of that component is applied before', async () => {
    const runner = await install.startRunner();
    const secrets = { token: { store: 'kubernetes', namespace: 'shop', name: 'gateway', key: 'token' } };
    const components: FakeComponent[] = [
      { name: 'gateway', chart: { deployments: ['gateway'] }, values: { secretName: '${secrets.token.name}' } },
    ];
    const state = install.accept(install.release('1.0.0', components), { secrets });
    expect(await runner.pass(state)).toMatchObject({ kind: 'waiting', reason: 'SecretMissing' });
    expect(runner.reconciler.status().waitingFor?.message).toContain('shop/gateway');
    expect(install.helm.calls).toEqual([]);
    const metadata = { name: 'gateway', namespace: 'shop' };
    await install.kubernetes.create({ apiVersion: 'v1', kind: 'Secret', metadata, data: { token: 'c2VjcmV0' } });
    expect(await runner.pass(state)).toEqual({ kind: 'done' });
  });

  it('is an API server that is away: nothing is denied because of it', async () => {
    const { runner } = await installed();
    const wanted = install.accept(install.release('1.1.0', [bucket(), broker(), gateway({ deployments: ['g2'] })]));
    let calls = 0;
    install.kubernetes.before = () => {
      if (++calls > 25) throw new LandfallError('LF-RUNNER-001', 'no answer', { temporary: true });
    };
    expect(await runner.pass(wanted)).toMatchObject({ kind: 'waiting', reason: 'ApiServerUnavailable' });
    install.kubernetes.before = () => undefined;
    expect(await runner.pass(wanted)).toEqual({ kind: 'done' });
    expect(runner.reconciler.status().denied).toEqual([]);
    expect(install.deployments()).toEqual(['broker', 'g2']);
  });

  it('is asked for again after the pause it was given, which ends after a success', async () => {
    const runner = await install.startRunner({ backoff: (failures) => failures * 100 });
    const wanted = install.accept(install.release('1.0.0', [broker()]));
    install.kubernetes.before = () => {
      throw new LandfallError('LF-RUNNER-001', 'no answer', { temporary: true });
    };
    const pause = async (): Promise<number | undefined> => {
      const result = await runner.pass(wanted);
      if (result === 'killed' || result.kind !== 'waiting') return undefined;
      return (result.until?.getTime() ?? 0) - install.clock.now().getTime();
    };
    expect([await pause(), await pause()]).toEqual([100, 200]);
    install.kubernetes.before = () => undefined;
    expect(await runner.pass(wanted)).toEqual({ kind: 'done' });
  });

  it('ends at once, without a verdict, when a newer state is there', async () => {
    const { runner } = await installed();
    const waiting = runner.pass(
      install.accept(install.release('1.2.0', [bucket(), broker(), gateway({ ready: false })])),
    );
    runner.superseded.abort();
    expect(await waiting).toEqual({ kind: 'superseded' });
    expect(runner.reconciler.status().denied).toEqual([]);
  });
});
