import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type JsonObject, LandfallError } from '../../contract/index.ts';
import { createFakeInstall, type FakeComponent, type FakeInstall } from '../testing/index.ts';
import type { FakeChart } from '../testing/fake-helm.ts';
import { shopKind } from '../testing/shop-kind.ts';

let install: FakeInstall;
beforeEach(() => {
  install = createFakeInstall();
});
afterEach(() => install.dispose());

const web = (settings: JsonObject = {}, chart: Partial<FakeChart> = {}, values: JsonObject = {}): FakeComponent => ({
  name: 'web',
  chart: { deployments: ['web'], ...chart },
  values,
  settings,
});
const release = (version: string, ...components: FakeComponent[]) =>
  install.accept(install.release(version, components));
describe('a chart that fails', () => {
  it.each<[string, JsonObject, Partial<FakeChart>, string[]]>([
    ['once is given up without retries', {}, { failsFirst: 1 }, ['upgrade web']],
    ['once works at the second try', { retries: 1 }, { failsFirst: 1 }, ['upgrade web', 'upgrade web']],
    [
      'always is given up after its tries',
      { retries: 2 },
      { fails: true },
      ['upgrade web', 'upgrade web', 'upgrade web'],
    ],
    [
      'its own test once is tested again',
      { retries: 1, test: {} },
      { testFailures: 1 },
      ['upgrade web', 'test web', 'test web'],
    ],
    ['its own test is given up', { test: {} }, { testFailures: 9 }, ['upgrade web', 'test web']],
    [
      'its first install is removed, where it says so',
      { failedInstall: 'uninstall' },
      { fails: true },
      ['upgrade web', 'uninstall web'],
    ],
  ])('%s', async (name, settings, chart, calls) => {
    // Far longer than anything else that lets the clock of this test go on.
    const runner = await install.startRunner({ backoff: () => 86_400_000 });
    const state = release('1.0.0', web(settings, chart));
    let result = await runner.pass(state);
    for (
      let again = 0;
      again < 5 && result !== 'killed' && result.kind === 'waiting' && result.reason === 'Retrying';
      again++
    ) {
      // Woken too early, it waits on.
      expect(await runner.pass(state)).toMatchObject({ reason: 'Retrying' });
      if (result.until !== null) await install.clock.sleep(result.until.getTime() - install.clock.now().getTime());
      result = await runner.pass(state);
    }
    expect(install.helm.calls).toEqual(calls);
    const denied = /given up|removed/.test(name);
    expect(runner.reconciler.status().denied).toHaveLength(denied ? 1 : 0);
    if (denied) expect(result).toMatchObject({ kind: 'waiting', reason: 'InstallFailed' });
    else expect(result).toEqual({ kind: 'done' });
    await runner.pass(state);
    expect(install.helm.calls).toEqual(calls);
  });

  it('is not tried again by a runner that starts between its last failure and the verdict', async () => {
    const state = release('1.0.0', web({}, { fails: true }));
    const dying = await install.startRunner({ killAt: { kind: 'store-transition', when: 'before' } });
    expect(await dying.pass(state)).toBe('killed');
    const dying2 = await install.startRunner();
    const denied = dying2.pass(state);
    await denied;
    expect(install.helm.calls).toEqual(['upgrade web']);
  });

  it('is tested once: not again while nothing has changed', async () => {
    const runner = await install.startRunner();
    const state = release('1.0.0', web({ test: {} }));
    await runner.pass(state);
    await runner.pass(state);
    await runner.pass(release('1.0.1', web({ test: {} }), { name: 'other', chart: { deployments: ['other'] } }));
    expect(install.helm.calls).toEqual(['upgrade web', 'test web', 'upgrade other']);
  });

  it('is refused before anything is touched when Helm cannot keep it', async () => {
    const runner = await install.startRunner();
    const other: FakeComponent = { name: 'other', chart: { deployments: ['other'] } };
    await runner.pass(release('1.0.0', other, web({}, { ballast: 900_000 })));
    expect(runner.reconciler.status().denied.at(-1)?.reason).toMatch(/LF-RUNNER-142.*ballast with 900000/);
    expect(install.helm.calls).toEqual([]);
    expect(install.kubernetes.all('Namespace')).toEqual([]);
  });
});

describe('what a chart’s upgrade cannot change', () => {
  const immutable = (broken: boolean): void => {
    install.kubernetes.before = ({ verb, kind, name }) => {
      if (verb !== 'dry-run' || kind !== 'Deployment') return;
      const stuck = name === 'web' && install.kubernetes.find(kind, name) !== undefined;
      if (stuck || broken) throw new LandfallError('LF-RUNNER-001', 'invalid', { details: { status: 422 } });
    };
  };
  it.each<[string, JsonObject, boolean, string[]]>([
    ['fails the release', {}, false, []],
    ['is made anew with force', { force: true }, false, ['HelmRecreate web']],
    ['stays with force when it is broken in itself', { force: true }, true, []],
  ])('%s', async (_, settings, broken, told) => {
    const runner = await install.startRunner();
    await runner.pass(release('1.0.0', web()));
    const uid = install.kubernetes.find('Deployment', 'web')?.metadata.uid;
    immutable(broken);
    await runner.pass(release('1.1.0', web(settings, { unchangeable: 'web' }, { new: true })));
    expect(runner.events.filter((event) => event.startsWith('HelmRecreate'))).toEqual(told);
    const anew = told.length > 0;
    expect(install.kubernetes.find('Deployment', 'web')?.metadata.uid === uid).toBe(!anew);
    expect(runner.reconciler.status().observed?.version).toBe(anew ? '1.1.0' : '1.0.0');
  });
});

describe('definitions in crds/', () => {
  const definition = (description: string) => {
    const kind = shopKind('Topic');
    return { ...kind, spec: { ...kind.spec, description } };
  };
  const described = (): unknown =>
    Object(install.kubernetes.find('CustomResourceDefinition', 'topics.shop.example')?.['spec']).description;
  it.each<['skip' | 'create' | 'create-replace', unknown, unknown]>([
    ['skip', undefined, undefined],
    ['create', 'one', 'one'],
    ['create-replace', 'one', 'two'],
  ])('%s', async (crds, first, second) => {
    const runner = await install.startRunner();
    await runner.pass(release('1.0.0', web({ crds }, { crds: [definition('one')] })));
    expect(described()).toBe(first);
    await runner.pass(release('1.1.0', web({ crds }, { crds: [definition('two')] })));
    expect(described()).toBe(second);
    await runner.pass(release('2.0.0', { name: 'other', chart: { deployments: ['other'] } }));
    expect(described()).toBe(second);
  });
});

describe('drift', () => {
  const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
  const rule = (more: JsonObject) => ({ drift: { mode: 'enforce', ignore: [{ path: '/spec/replicas', ...more }] } });
  it.each<[string, JsonObject, number, string | null]>([
    ['is not looked for', {}, 7, null],
    ['is told', { drift: { mode: 'warn' } }, 7, 'changed by others: Deployment web (/spec/replicas)'],
    ['is put back', { drift: { mode: 'enforce' } }, 1, null],
    ['is ignored by a rule', rule({}), 7, null],
    ['is ignored by a rule for its kind and name', rule({ kind: 'Deployment', name: 'web' }), 7, null],
    ['is put back in spite of a rule for another kind', rule({ kind: 'StatefulSet' }), 1, null],
    ['is put back in spite of a rule for another name', rule({ name: 'db' }), 1, null],
  ])('%s', async (_, settings, replicas, message) => {
    const runner = await install.startRunner();
    const state = release('1.0.0', web(settings));
    await runner.pass(state);
    await runner.pass(state);
    await install.kubernetes.patch(ref, { spec: { replicas: 7 } });
    await runner.pass(state);
    expect(Object((await install.kubernetes.get(ref))?.['spec']).replicas).toBe(replicas);
    const drifted = runner.reconciler.status().components[0]?.conditions.find(({ type }) => type === 'Drifted');
    expect(drifted?.message ?? null).toBe(message);
    // What is known costs no dry run.
    install.kubernetes.calls.length = 0;
    await runner.pass(state);
    await runner.pass(state);
    const dry = install.kubernetes.calls.filter(({ verb }) => verb === 'dry-run');
    expect(dry.length).toBeLessThanOrEqual(replicas === 1 ? 1 : 0);
  });

  it('of an ignored field stays as it is while another field is put back', async () => {
    const runner = await install.startRunner();
    const state = release('1.0.0', web(rule({}), {}, { size: 1 }));
    await runner.pass(state);
    await install.kubernetes.patch(ref, { spec: { replicas: 7, values: { size: 2 } } });
    await runner.pass(state);
    expect((await install.kubernetes.get(ref))?.['spec']).toEqual({ replicas: 7, values: { size: 1 } });
  });

  it('that somebody makes again and again is put back a few times, and then left for a day, and told once', async () => {
    let runner = await install.startRunner();
    const state = release('1.0.0', web({ drift: { mode: 'enforce' } }, {}, { size: 1 }));
    const spec = async () => (await install.kubernetes.get(ref))?.['spec'];
    const scale = async () => {
      await install.kubernetes.patch(ref, { spec: { replicas: 7 } });
      return runner.pass(state);
    };
    await runner.pass(state);
    for (let time = 0; time < 7; time++) await scale();
    expect(await spec()).toMatchObject({ replicas: 7 });
    expect(runner.events.filter((event) => event === 'HelmRepair web')).toHaveLength(5);
    expect(runner.events.filter((event) => event === 'DriftContested web')).toHaveLength(1);
    const status = runner.reconciler.status();
    for (const { conditions } of [status, ...status.components])
      expect(conditions).toContainEqual(expect.objectContaining({ type: 'Stalled', reason: 'DriftContested' }));
    expect(status.components[0]?.state).toBe('Running');
    expect(JSON.stringify(status)).toContain('Deployment shop/web (/spec/replicas)');

    // Another field of the same object is put back all the same, and the contested one stays.
    await install.kubernetes.patch(ref, { spec: { values: { size: 2 } } });
    await runner.pass(state);
    expect(await spec()).toEqual({ replicas: 7, values: { size: 1 } });

    // A runner that starts anew does not begin the war anew.
    await install.clock.sleep(11 * 60_000);
    runner = await install.startRunner();
    expect(await scale()).toMatchObject({ until: expect.any(Date) });
    expect(await spec()).toMatchObject({ replicas: 7 });
    expect(runner.events).not.toContain('DriftContested web');

    await install.clock.sleep(24 * 3_600_000);
    await runner.pass(state);
    expect(await spec()).toMatchObject({ replicas: 1 });
    expect(JSON.stringify(runner.reconciler.status())).not.toContain('DriftContested');
  });

  it('of objects that somebody deletes again and again is put back a few times, and then after a while, by any runner', async () => {
    const state = release('1.0.0', web({}, {}, { size: 1 }));
    await (await install.startRunner()).pass(state);
    const events: string[] = [];
    let runner = await install.startRunner();
    const remove = async (): Promise<boolean> => {
      // Each of them crashes right after it.
      runner = await install.startRunner();
      await install.kubernetes.delete(ref);
      await runner.pass(state);
      events.push(...runner.events);
      return (await install.kubernetes.get(ref)) !== null;
    };
    for (let time = 0; time < 5; time++) expect(await remove()).toBe(true);
    expect(await remove()).toBe(false);
    await runner.pass(state);
    expect(await install.kubernetes.get(ref)).toBeNull();
    expect(events.filter((event) => event === 'HelmRepair web')).toHaveLength(5);
    expect(events.filter((event) => event === 'DriftContested web')).toHaveLength(1);
    const status = runner.reconciler.status();
    for (const { conditions } of [status, ...status.components])
      expect(conditions).toContainEqual(expect.objectContaining({ type: 'Stalled', reason: 'DriftContested' }));
    expect(status.components[0]?.state).not.toBe('Running');
    await install.clock.sleep(10 * 60_000);
    await runner.pass(state);
    expect(await install.kubernetes.get(ref)).not.toBeNull();
  });

  it.each([
    ['is as it should be again', () => install.kubernetes.patch(ref, { spec: { replicas: 1 } })],
    ['is set back by another release', async () => undefined],
  ])('is contested no more once it %s', async (how, end) => {
    const runner = await install.startRunner();
    const settings = { drift: { mode: 'enforce' } };
    const first = release('1.0.0', web(settings, {}, { size: 1 }));
    await runner.pass(first);
    for (let time = 0; time < 7; time++) {
      await install.kubernetes.patch(ref, { spec: { replicas: 7 } });
      await runner.pass(first);
    }
    await install.clock.sleep(11 * 60_000);
    await end();
    const state = how.includes('release') ? release('1.1.0', web(settings, {}, { size: 2 })) : first;
    await runner.pass(state);
    expect(JSON.stringify(runner.reconciler.status())).not.toContain('DriftContested');
    await install.kubernetes.patch(ref, { spec: { replicas: 7 } });
    await runner.pass(state);
    expect(Object((await install.kubernetes.get(ref))?.['spec']).replicas).toBe(1);
  });
});
