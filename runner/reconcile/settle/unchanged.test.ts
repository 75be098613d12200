import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LandfallError, systemClock } from '../../../contract/index.ts';
import { createWatchedKubernetes, type WatchedKubernetes } from '../../kubernetes/index.ts';
import { createFakeInstall, type FakeComponent, type FakeInstall } from '../../testing/index.ts';
import { createLateWatches, type LateWatches } from '../../testing/late-watches.ts';

let install: FakeInstall;
let late: LateWatches;
let kubernetes: WatchedKubernetes;
beforeEach(() => {
  install = createFakeInstall();
  late = createLateWatches(install.kubernetes);
  kubernetes = createWatchedKubernetes(late.kubernetes, systemClock);
});
afterEach(() => {
  late.go();
  kubernetes.close();
  install.dispose();
});

const start = () => install.startRunner({ over: { kubernetes } });
const charts = (count: number, values = {}): FakeComponent[] =>
  Array.from({ length: count }, (_, i) => ({ name: `app-${i}`, chart: { deployments: [`app-${i}`] }, values }));
const objects = (value: string): FakeComponent => {
  const metadata = { name: 'settings', namespace: 'shop' };
  return { name: 'objects', objects: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { value } }] };
};
const told = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
};

describe('a pass over what is already right', () => {
  it('costs no request and no helm process, for thirty releases and a component of manifests', async () => {
    const runner = await start();
    const state = install.accept(install.release('1.0.0', [...charts(30), objects('1')]));
    expect(await runner.pass(state)).toMatchObject({ kind: 'done' });
    await told();
    const [requests, helms] = [install.kubernetes.calls.length, install.helm.calls.length];
    expect(await runner.pass(state)).toMatchObject({ kind: 'done' });
    expect(install.kubernetes.calls.slice(requests)).toEqual([]);
    expect(install.helm.calls.length - helms).toBe(0);
    expect(runner.reconciler.status().state).toBe('Running');
  });

  it('costs a new runner a few lists, and one read per Helm record and document', async () => {
    const state = install.accept(install.release('1.0.0', charts(20)));
    await (await start()).pass(state);
    kubernetes.close();
    kubernetes = createWatchedKubernetes(late.kubernetes, systemClock);
    const runner = await start();
    const before = install.kubernetes.calls.length;
    await runner.pass(state);
    const calls = install.kubernetes.calls.slice(before);
    expect(calls.filter(({ kind }) => kind !== 'ConfigMap').map(({ verb, kind }) => `${verb} ${kind}`)).toEqual(
      Array.from({ length: 20 }, () => 'get Secret'),
    );
  });
});

describe('watches that lag behind', () => {
  it('lead to no action: what somebody else has put back already is not put back again', async () => {
    const runner = await start();
    const state = install.accept(install.release('1.0.0', charts(2)));
    await runner.pass(state);
    await told();
    const deployment = install.kubernetes.find('Deployment', 'app-1');
    if (deployment === undefined) throw new Error('it is there');
    await install.kubernetes.delete({ ...deployment, namespace: 'shop', name: 'app-1' });
    await told();
    late.hold();
    await install.kubernetes.apply(deployment, { fieldManager: 'theirs', force: true });
    const before = install.kubernetes.calls.length;
    await runner.pass(state);
    const writes = install.kubernetes.calls.slice(before).filter(({ verb }) => verb !== 'get' && verb !== 'list');
    expect(writes).toEqual([]);
  });

  it('lead to no Helm process: a release that another runner has installed meanwhile is not installed again', async () => {
    await (await start()).pass(install.accept(install.release('1.0.0', charts(1))));
    await told();
    late.hold();
    const state = install.accept(install.release('2.0.0', charts(2)));
    const other = await install.startRunner();
    expect(await other.pass(state)).toMatchObject({ kind: 'done' });
    const helms = install.helm.calls.length;
    expect(await (await start()).pass(state)).toMatchObject({ kind: 'done' });
    expect(install.helm.calls.slice(helms)).toEqual([]);
  });

  it('hide nothing of what a Helm process did whose end the runner has not seen', async () => {
    let lost = false;
    const upgradeInstall: typeof install.helm.upgradeInstall = async (request, call) => {
      await install.helm.upgradeInstall(request, call);
      if (lost) throw new LandfallError('LF-ENGINES-004', 'ended by SIGKILL', { temporary: true });
    };
    const runner = await install.startRunner({ over: { kubernetes, helm: { ...install.helm, upgradeInstall } } });
    const first = install.accept(install.release('1.0.0', charts(1, { v: 1 })));
    await runner.pass(first);
    await told();
    late.hold();
    lost = true;
    const second = await runner.pass(install.accept(install.release('2.0.0', charts(1, { v: 2 }))));
    expect(second).toMatchObject({ kind: 'waiting' });
    lost = false;
    await runner.pass(install.accept(install.release('1.0.0', charts(1, { v: 1 }))));
    expect(install.kubernetes.find('Deployment', 'app-0')?.['spec']).toMatchObject({ values: { v: 1 } });
  });

  it('hide nothing of what the runner has done itself: back to the release before, at once and to the end', async () => {
    const runner = await start();
    const first = install.accept(install.release('1.0.0', [...charts(2, { v: 1 }), objects('1')]));
    await runner.pass(first);
    await told();
    late.hold();
    const second = install.accept(install.release('2.0.0', [...charts(2, { v: 2 }), objects('2')]));
    expect(await runner.pass(second)).toMatchObject({ kind: 'done' });
    const back = install.accept(install.release('1.0.0', [...charts(2, { v: 1 }), objects('1')]));
    expect(await runner.pass(back)).toMatchObject({ kind: 'done' });
    for (const name of ['app-0', 'app-1']) {
      expect(install.kubernetes.find('Deployment', name)?.['spec']).toMatchObject({ values: { v: 1 } });
      expect(install.helmHistory(name)).toEqual(['1 superseded', '2 superseded', '3 deployed']);
    }
    expect(install.kubernetes.find('ConfigMap', 'settings')?.['data']).toEqual({ value: '1' });
  });

  it('hide no helm process that was killed: what it left pending is unlocked', async () => {
    const runner = await start();
    const state = install.accept(install.release('1.0.0', charts(1)));
    await runner.pass(state);
    await told();
    late.hold();
    const killed = await install.startRunner({
      over: { kubernetes },
      killAt: { kind: 'helm-upgrade', when: 'during' },
    });
    const next = install.accept(install.release('2.0.0', charts(1, { v: 2 })));
    expect(await killed.pass(next)).toBe('killed');
    expect(install.helmHistory('app-0')).toEqual(['1 deployed', '2 pending-upgrade']);
    const restarted = await install.startRunner({
      over: { kubernetes: createWatchedKubernetes(install.kubernetes, systemClock) },
    });
    expect(await restarted.pass(next)).toMatchObject({ kind: 'done' });
    expect(install.helmHistory('app-0')).toEqual(['1 superseded', '2 failed', '3 deployed']);
  });
});
