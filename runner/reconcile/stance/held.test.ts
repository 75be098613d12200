import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunnerPolicy } from '../../../contract/index.ts';
import { conditionsOf, createFakeInstall, type FakeComponent, type FakeInstall } from '../../testing/index.ts';

const chart = (name: string, more: object = {}, dependsOn: string[] = []): FakeComponent => ({
  name,
  dependsOn,
  chart: { deployments: [name], ...more },
});
const holding = (component: FakeComponent): FakeComponent => ({ ...component, onFailure: 'hold' });
const v1 = [chart('store'), holding(chart('schema', {}, ['store'])), chart('web', {}, ['schema'])];
const v2 = (schema: object): FakeComponent[] => [
  chart('store', { deployments: ['store', 'store2'] }),
  holding(chart('schema', schema, ['store'])),
  chart('web', { deployments: ['web2'] }, ['schema']),
];

let install: FakeInstall;
beforeEach(() => {
  install = createFakeInstall();
});
afterEach(() => install.dispose());

async function heldAt(schema: object) {
  const runner = await install.startRunner();
  const good = install.accept(install.release('1.0.0', v1));
  expect(await runner.pass(good)).toEqual({ kind: 'done' });
  install.helm.calls.length = 0;
  const release = install.release('1.1.0', v2(schema));
  const bad = install.accept(release);
  expect(await runner.pass(bad)).toMatchObject({ kind: 'waiting', reason: 'Held', until: null });
  return { runner, good, bad, release };
}

describe('a release that fails in a component with `onFailure: hold`', () => {
  it.each([
    ['it never gets healthy', { ready: false }],
    ['it cannot be applied', { fails: true }],
  ])('because %s stays where it is: nothing goes back, nothing more begins, nothing is denied', async (_, schema) => {
    const { runner } = await heldAt(schema);
    expect(install.helm.calls).toEqual(['upgrade store', 'upgrade schema']);
    expect(install.deployments()).toEqual(expect.arrayContaining(['store2', 'web']));
    const status = runner.reconciler.status();
    expect(conditionsOf(status)).toEqual({ Ready: 'False Held', Stalled: 'True Held' });
    expect(status.denied).toEqual([]);
    expect(status.observed?.version).toBe('1.0.0');
    expect(status.decision).toMatchObject({ action: 'hold' });
    expect(status.components.map(({ name, version, decision }) => [name, version, decision?.action])).toEqual([
      ['store', '1.1.0', 'keep'],
      ['schema', expect.anything(), 'hold'],
      ['web', '1.0.0', 'keep'],
    ]);
  });

  it('stays so pass after pass and for the next runner, without an engine', async () => {
    const { runner, bad } = await heldAt({ ready: false });
    install.helm.calls.length = 0;
    expect(await runner.pass(bad)).toMatchObject({ reason: 'Held' });
    const next = await install.startRunner();
    expect(await next.pass(bad)).toMatchObject({ reason: 'Held' });
    expect(install.helm.calls).toEqual([]);
    expect(next.reconciler.status().decision?.since).toBe(runner.reconciler.status().decision?.since);
  });

  it('is tried once more when the customer approves this very failure, and only once', async () => {
    const { runner, bad } = await heldAt({ ready: false });
    const approve = (): RunnerPolicy => {
      const details = runner.reconciler.status().waitingFor?.details;
      if (details?.component === undefined || details.planDigest === undefined) throw new Error('nothing to approve');
      return { ...install.policy.now, approvals: [{ component: details.component, planDigest: details.planDigest }] };
    };
    install.policy.now = approve();
    install.helm.calls.length = 0;
    expect(await runner.pass(bad)).toMatchObject({ reason: 'Held' });
    // Applied already: it was waited for once more, and failed once more under another digest.
    expect(runner.events.filter((event) => event === 'ReleaseHeld schema')).toHaveLength(2);
    expect(await runner.pass(bad)).toMatchObject({ reason: 'Held' });
    expect(runner.events.filter((event) => event === 'ReleaseHeld schema')).toHaveLength(2);
    const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'schema' };
    await install.kubernetes.patch(ref, { metadata: { annotations: { 'test/ready': 'true' } } });
    install.policy.now = approve();
    expect(await runner.pass(bad)).toEqual({ kind: 'done' });
    expect(runner.reconciler.status().observed?.version).toBe('1.1.0');
    expect(install.deployments()).toEqual(['schema', 'store', 'store2', 'web2']);
  });

  it('goes on with the next release that is wanted', async () => {
    const { runner } = await heldAt({ fails: true });
    expect(await runner.pass(install.accept(install.release('1.2.0', v2({}))))).toEqual({ kind: 'done' });
    expect(runner.reconciler.status().observed?.version).toBe('1.2.0');
    expect(conditionsOf(runner.reconciler.status())).toEqual({ Ready: 'True Applied' });
  });

  it('goes back when the last good release is wanted again', async () => {
    const { runner } = await heldAt({ ready: false });
    expect(await runner.pass(install.accept(install.release('1.0.0', v1)))).toEqual({ kind: 'done' });
    expect(install.deployments()).toEqual(['schema', 'store', 'web']);
    expect(runner.reconciler.status().observed?.version).toBe('1.0.0');
  });

  it('at the first install holds likewise', async () => {
    const runner = await install.startRunner();
    const bad = install.accept(install.release('1.0.0', v2({ fails: true })));
    expect(await runner.pass(bad)).toMatchObject({ kind: 'waiting', reason: 'Held' });
    expect(install.deployments()).toEqual(['store', 'store2']);
    const web = runner.reconciler.status().components.find(({ name }) => name === 'web');
    expect(web).toMatchObject({ state: 'Unknown', version: null, decision: { action: 'wait' } });
  });

  it('wins over another that fails beside it and would go back', async () => {
    const runner = await install.startRunner();
    const beside = (more: object) => [chart('a', more), holding(chart('b', more))];
    await runner.pass(install.accept(install.release('1.0.0', beside({}))));
    expect(await runner.pass(install.accept(install.release('1.1.0', beside({ hookFails: true }))))).toMatchObject({
      reason: 'Held',
    });
    expect(runner.reconciler.status().denied).toEqual([]);
  });

  it('fails on the way back as any other does', async () => {
    const { runner, good } = await heldAt({ ready: false });
    await runner.pass(install.accept(install.release('1.0.0', v1)));
    expect(await runner.pass(good)).toEqual({ kind: 'done' });
  });
});
