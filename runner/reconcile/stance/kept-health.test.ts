import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../../../contract/index.ts';
import type { KubeObject } from '../../kubernetes/index.ts';
import { createLoop } from '../../loop.ts';
import { conditionsOf, createFakeInstall, type FakeComponent, type FakeInstall } from '../../testing/index.ts';

const deployment: Json = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'gateway' },
  spec: { replicas: 1, selector: { matchLabels: { app: 'gateway' } }, template: {} },
};
const gateway = (health: Json): FakeComponent => ({
  name: 'gateway',
  objects: [deployment],
  settings: { drift: 'ignore', health },
});
const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'gateway' };

let install: FakeInstall;
beforeEach(() => {
  install = createFakeInstall();
});
afterEach(() => install.dispose());

const ready = (is: boolean) =>
  install.kubernetes.patch(ref, { metadata: { annotations: { 'test/ready': String(is) } } });
const at = (seconds: number) =>
  install.clock.set(new Date(Date.parse('2026-01-05T10:00:00Z') + seconds * 1000).toISOString());
const node = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: {} });
const pod = (name: string, nodeName: string, isReady = true): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop', labels: { app: 'gateway' } },
  spec: { nodeName },
  status: { conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }] },
});

async function kept(health: Json, before: () => Promise<unknown> = () => Promise.resolve()) {
  await before();
  const runner = await install.startRunner();
  const state = install.accept(install.release('1.0.0', [gateway(health)]));
  expect(await runner.pass(state)).toEqual({ kind: 'done' });
  at(0);
  const told = (): string => {
    const { state: now, components, conditions } = runner.reconciler.status();
    const own = components[0]?.conditions.find(({ type }) => type === 'Ready');
    const installs = conditions.find(({ type }) => type === 'Ready');
    return `${components[0]?.state} ${own?.reason}, install ${now} ${installs?.reason}`;
  };
  const passAt = async (seconds: number): Promise<string> => {
    at(seconds);
    const result = await runner.pass(state);
    if (result === 'killed' || result.kind === 'superseded') return 'nothing';
    const until =
      result.until == null ? '' : `, until ${(result.until.getTime() - Date.parse('2026-01-05T10:00:00Z')) / 1000}`;
    return `${told()}${until}`;
  };
  return { runner, state, told, passAt };
}
const fine = 'Running Healthy, install Running Applied';

describe('a component that is kept', () => {
  it('is told unhealthy only once that has held, and healthy again at once', async () => {
    const { passAt } = await kept({ timeoutSeconds: 300, unhealthyAfterSeconds: 20 });
    await ready(false);
    expect(await passAt(5)).toBe(`${fine}, until 25`);
    expect(await passAt(24)).toBe(`${fine}, until 25`);
    expect(await passAt(25)).toBe('Provisioned Progressing, install Provisioned ComponentsNotReady, until 305');
    await ready(true);
    expect(await passAt(26)).toBe(fine);
  });

  it('does not change its state while it flaps', async () => {
    const { runner, passAt } = await kept({ unhealthyAfterSeconds: 20 });
    const before = runner.statuses.length;
    for (let second = 0; second < 200; second += 10) {
      await ready(second % 20 !== 0);
      await passAt(second);
    }
    expect(runner.statuses.slice(before).map(({ state }) => state)).not.toContain('Provisioned');
  });

  it('is in error when it has not been healthy for as long as a release may take', async () => {
    const { passAt } = await kept({ timeoutSeconds: 60, unhealthyAfterSeconds: 20 });
    await ready(false);
    await passAt(0);
    expect(await passAt(59)).toMatch(/^Provisioned .*, until 60$/);
    expect(await passAt(60)).toBe('Error HealthFailed, install Error ComponentsNotReady');
    await ready(true);
    expect(await passAt(61)).toBe(fine);
  });

  it('that was deleted and is put back is not called running before it is', async () => {
    const { passAt } = await kept({});
    await install.kubernetes.delete(ref);
    install.kubernetes.before = ({ verb, kind }) => {
      if (verb === 'get' && kind === 'Deployment' && install.kubernetes.find(kind, 'gateway') !== undefined) {
        install.kubernetes.before = () => undefined;
        void ready(false);
      }
    };
    expect(await passAt(1)).toMatch(/^Provisioned Progressing/);
  });
});

describe('a gateway that must have two replicas on different nodes', () => {
  const spread = { unhealthyAfterSeconds: 20, spreadOverNodes: [{ deployment: 'gateway', minimum: 2 }] };
  const world = async (): Promise<void> => {
    for (const name of ['a', 'b']) await install.kubernetes.create(node(name));
    await install.kubernetes.create(pod('one', 'a'));
    await install.kubernetes.create(pod('two', 'b'));
  };
  const podRef = (name: string) => ({ apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name });
  const thin = 'Provisioned Degraded, install Provisioned Degraded';

  it.each([
    ['one is not ready', () => install.kubernetes.replace(pod('two', 'b', false))],
    ['one is gone', () => install.kubernetes.delete(podRef('two'))],
    ['both are on one node', () => install.kubernetes.replace(pod('two', 'a'))],
    [
      'one is gone and the Deployment says so, too',
      async () => {
        await install.kubernetes.delete(podRef('two'));
        await ready(false);
      },
    ],
  ])('is degraded while %s, once that has held', async (_, spoil) => {
    const { passAt, runner } = await kept(spread, world);
    await spoil();
    expect(await passAt(1)).toBe(`${fine}, until 21`);
    expect(await passAt(21)).toBe(thin);
    expect(conditionsOf(runner.reconciler.status())).toMatchObject({ Ready: 'False Degraded' });
  });

  it('is well where the cluster has one node only', async () => {
    const { passAt } = await kept(spread, async () => {
      await install.kubernetes.create(node('a'));
      await install.kubernetes.create(pod('one', 'a'));
    });
    expect(await passAt(100)).toBe(fine);
  });

  it('is told so by time and recovers by watch, without anybody asking', async () => {
    const { runner, state, told } = await kept(spread, world);
    install.clock.hold();
    const stop = new AbortController();
    const { reconciler } = runner;
    const loop = createLoop({ reconciler, kubernetes: install.kubernetes, clock: install.clock });
    loop.accept(state);
    const running = loop.run(stop.signal);
    await install.kubernetes.delete(podRef('two'));
    await ready(true); // A change of its Deployment, as its controller makes it.
    await expect.poll(() => reconciler.watchTargets().some(({ kind }) => kind === 'Pod')).toBe(true);
    expect(told()).toBe(fine);
    install.clock.go();
    await expect.poll(told).toBe(thin);
    await install.kubernetes.create(pod('three', 'b'));
    await expect.poll(told).toBe(fine);
    expect(reconciler.watchTargets().some(({ kind }) => kind === 'Pod')).toBe(false);
    stop.abort();
    await running;
  });
});
