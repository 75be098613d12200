import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LandfallError, runnerPolicySchema } from '../../contract/index.ts';
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
    install.policy.now = runnerPolicySchema.parse({ paused: true });
    await install.kubernetes.delete({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'gateway' });
    expect(await runner.pass(next())).toMatchObject({ kind: 'waiting', reason: 'Paused', until: null });
    expect(install.deployments()).toEqual(['broker']);
    expect(conditionsOf(runner.reconciler.status())).toMatchObject({ Suspended: 'True Paused' });
    const gatewayNow = runner.reconciler.status().components.find((component) => component.name === 'gateway');
    expect(gatewayNow?.conditions.map((condition) => condition.reason)).toContain('ObjectsMissing');
  });

  it('with a window makes a release wait until it opens; repairs do not wait', async () => {
    const { runner } = await installed();
    install.policy.now = runnerPolicySchema.parse({
      windows: [{ days: ['Tue'], start: '02:00', end: '04:00', timeZone: 'Europe/Berlin' }],
    });
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

  it('with the word that the customer decides: told by which digests, and gone when they are approved', async () => {
    const { runner } = await installed();
    install.policy.now = runnerPolicySchema.parse({ upgrades: 'customer' });
    const wanted = next();
    expect(await runner.pass(wanted)).toMatchObject({ kind: 'waiting', reason: 'CustomerDecides', until: null });
    const details = runner.reconciler.status().waitingFor?.details;
    expect(details?.releaseDigest).toBe(wanted.releaseDigest);
    expect(install.deployments()).toEqual(['broker', 'gateway']);
    // The same release with other inputs is another thing than what was approved.
    install.policy.now = runnerPolicySchema.parse({ upgrades: 'customer', approvals: [details] });
    const release = install.release('1.1.0', [bucket(), broker(), gateway({ deployments: ['g2'] })]);
    const others = install.accept(release, { inputs: { size: 'large' } });
    expect(await runner.pass(others)).toMatchObject({ kind: 'waiting', reason: 'CustomerDecides' });
    expect(await runner.pass(wanted)).toEqual({ kind: 'done' });
    expect(install.deployments()).toEqual(['broker', 'g2']);
  });

  it('that takes its approval back, or freezes, does not leave a release half done', async () => {
    await installed();
    const wanted = next();
    const first = await install.startRunner({ killAt: { kind: 'helm-upgrade', when: 'before' } });
    expect(await first.pass(wanted)).toBe('killed');
    // Half-way, the customer thinks otherwise.
    const freezes = [{ from: '2026-01-01', to: '2026-12-31', timeZone: 'UTC' }];
    install.policy.now = runnerPolicySchema.parse({ upgrades: 'customer', freezes });
    const runner = await install.startRunner();
    expect(await runner.pass(wanted)).toEqual({ kind: 'done' });
    expect(install.deployments()).toEqual(['broker', 'g2']);
  });

  it('that cannot be read stops everything, and the report says why', async () => {
    const { v1 } = await installed();
    const unreadable = () => 'nothing is changed until the RunnerPolicy can be read';
    const policy = { current: () => runnerPolicySchema.parse({ paused: true }), unreadable };
    const runner = await install.startRunner({ over: { policy } });
    expect(await runner.pass(v1)).toMatchObject({ kind: 'waiting', reason: 'PolicyUnusable' });
    expect(conditionsOf(runner.reconciler.status())).toMatchObject({ Suspended: 'True PolicyUnusable' });
  });

  it('that forbids a kind refuses the release before anything is touched', async () => {
    const { runner } = await installed();
    install.policy.now = runnerPolicySchema.parse({ allowedKinds: ['helm'] });
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
