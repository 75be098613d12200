import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type JsonObject, LandfallError } from '../../contract/index.ts';
import { conditionsOf, createFakeInstall, type FakeComponent, type FakeInstall } from '../testing/index.ts';
import type { FakeChart } from '../testing/fake-helm.ts';

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
const secret = (name: string, data: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: 'shop' },
  data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')])),
});
const config = (name: string, data: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'shop' },
  data,
});
const by = { fieldManager: 'somebody' };
const valuesOf = (): unknown => Object(install.kubernetes.find('Deployment', 'web')?.['spec']).values;

describe('settings of a chart', () => {
  it.each<[string, JsonObject, JsonObject]>([
    ['nothing', {}, { historyMax: 10, noHooks: false, takeOwnership: false, skipCrds: true, timeoutMs: 30_000 }],
    ['historyLimit', { historyLimit: 3 }, { historyMax: 3 }],
    ['timeoutSeconds', { timeoutSeconds: 7 }, { timeoutMs: 7_000 }],
    ['hooks', { hooks: false }, { noHooks: true }],
    ['takeOwnership', { takeOwnership: true }, { takeOwnership: true }],
    [
      'labels, with expressions',
      { labels: { team: 'shop', install: '${install.id}' } },
      { postRenderer: { args: ['--labels={"team":"shop","install":"acme"}', expect.any(String)] } },
    ],
  ])('%s: Helm is told', async (_, settings, told) => {
    const runner = await install.startRunner();
    expect(await runner.pass(release('1.0.0', web(settings)))).toEqual({ kind: 'done' });
    expect(install.helm.options).toMatchObject(told);
  });

  it('hooks: false holds for the removal, too', async () => {
    const runner = await install.startRunner();
    await runner.pass(release('1.0.0', web({ hooks: false })));
    await runner.pass(release('2.0.0', { name: 'other', chart: { deployments: ['other'] } }));
    expect(install.helm.calls).toContain('uninstall web');
    expect(install.helm.options).toMatchObject({ name: 'web', noHooks: true });
  });

  it('a label that is none once its expressions are filled in fails the release before anything is touched', async () => {
    const runner = await install.startRunner();
    const bad = install.accept(install.release('1.0.0', [web({ labels: { team: '${inputs.team}' } })]), {
      inputs: { team: 'not a label!' },
    });
    await runner.pass(bad);
    expect(runner.reconciler.status().denied.at(-1)?.reason).toMatch(/LF-RUNNER-146/);
    expect(install.helm.calls).toEqual([]);
  });
});

describe('a chart that is suspended', () => {
  it('is looked at and never touched, and the others go on', async () => {
    const runner = await install.startRunner();
    await runner.pass(release('1.0.0', web()));
    install.helm.calls.length = 0;
    const other: FakeComponent = { name: 'other', dependsOn: ['web'], chart: { deployments: ['other'] } };
    expect(await runner.pass(release('1.1.0', web({ suspend: true }, {}, { new: true }), other))).toEqual({
      kind: 'done',
    });
    expect(install.helm.calls).toEqual(['upgrade other']);
    await install.kubernetes.delete({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' });
    await runner.pass(release('1.1.1', web({ suspend: true }, {}, { new: true }), other));
    expect(install.deployments()).toEqual(['other']);
    const seen = runner.reconciler.status().components.find(({ name }) => name === 'web');
    expect(seen?.conditions.map(({ type, status, reason }) => [type, status, reason])).toContainEqual([
      'Suspended',
      'True',
      'Suspended',
    ]);
  });
});

describe('values from elsewhere', () => {
  const sources: JsonObject = {
    valuesFrom: [
      { kind: 'configMap', name: 'defaults' },
      { kind: 'secret', name: 'db', key: 'password', path: 'db.password' },
      { kind: 'secret', name: 'more', optional: true },
    ],
  };

  it('are merged in order, under what the release says, and secrets are named to Helm for redaction', async () => {
    await install.kubernetes.create(
      config('defaults', { 'values.yaml': 'db: {host: a, port: 1}\nlist: [1]\nx: low\n' }),
    );
    await install.kubernetes.create(secret('db', { password: 'hunter22' }));
    await install.kubernetes.create(secret('more', { 'values.yaml': 'list: [2, 3]\ndb: {host: b}\n' }));
    const runner = await install.startRunner();
    expect(await runner.pass(release('1.0.0', web(sources, {}, { x: 'high' })))).toEqual({ kind: 'done' });
    expect(valuesOf()).toEqual({ db: { host: 'b', port: 1, password: 'hunter22' }, list: [2, 3], x: 'high' });
    expect(install.helm.secrets).toContain('hunter22');
    // Not where more people can read than the Secret's own readers.
    const outside = JSON.stringify([
      runner.statuses,
      runner.events,
      runner.journal.entries(),
      install.kubernetes.all('ConfigMap'),
    ]);
    expect(outside).not.toContain('hunter22');
    expect(outside).not.toContain(Buffer.from('hunter22').toString('base64'));
  });

  it('are waited for, and a change of them is applied without a release', async () => {
    const runner = await install.startRunner();
    const state = release('1.0.0', web(sources));
    await install.kubernetes.create(config('defaults', { 'values.yaml': 'x: 1' }));
    expect(await runner.pass(state)).toMatchObject({ kind: 'waiting', reason: 'ValuesMissing' });
    expect(install.helm.calls).toEqual([]);
    const watched = runner.reconciler.watchTargets();
    expect(watched).toContainEqual({ apiVersion: 'v1', kind: 'Secret', namespace: 'shop', metadataOnly: true });
    expect(watched).toContainEqual({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', metadataOnly: true });
    await install.kubernetes.create(secret('db', { password: 'first-one' }));
    expect(await runner.pass(state)).toEqual({ kind: 'done' });
    install.helm.calls.length = 0;
    expect(await runner.pass(state)).toEqual({ kind: 'done' });
    expect(install.helm.calls).toEqual([]);
    await install.kubernetes.apply(secret('db', { password: 'second-one' }), { ...by, force: true });
    expect(await runner.pass(state)).toEqual({ kind: 'done' });
    expect(install.helm.calls).toEqual(['upgrade web']);
    expect(valuesOf()).toMatchObject({ db: { password: 'second-one' } });
  });

  it.each([
    ['no map', '- a\n'],
    ['no YAML', 'a: [hunter22\nb'],
    [
      'an alias bomb',
      `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n`,
    ],
  ])('that are %s fail the release without a word of their content', async (_, text) => {
    await install.kubernetes.create(secret('broken', { 'values.yaml': text }));
    const runner = await install.startRunner();
    await runner.pass(release('1.0.0', web({ valuesFrom: [{ kind: 'secret', name: 'broken' }] })));
    const reason = runner.reconciler.status().denied.at(-1)?.reason;
    expect(reason).toMatch(/LF-RUNNER-140/);
    expect(reason).not.toContain('hunter22');
    expect(install.helm.calls).toEqual([]);
  });

  it('come from the outputs of others, one by one or as they are', async () => {
    const bucket: FakeComponent = {
      name: 'bucket',
      module: { outputs: { bucketName: 'b-1', size: 3 } },
      outputs: ['bucketName', 'size'],
    };
    const settings: JsonObject = {
      valuesFrom: [
        { kind: 'outputs', component: 'bucket', path: 'storage' },
        { kind: 'outputs', component: 'bucket', output: 'bucketName', path: 'name\\.of.bucket' },
      ],
    };
    const runner = await install.startRunner();
    await runner.pass(release('1.0.0', bucket, { ...web(settings), dependsOn: ['bucket'] }));
    expect(valuesOf()).toEqual({ storage: { bucketName: 'b-1', size: 3 }, 'name.of': { bucket: 'b-1' } });
  });

  it('whose change fails are not tried again unasked, and what ran before comes back', async () => {
    await install.kubernetes.create(config('flag', { 'values.yaml': 'ok: true' }));
    const runner = await install.startRunner();
    const settings = { valuesFrom: [{ kind: 'configMap', name: 'flag' }] };
    const state = release('1.0.0', web(settings));
    expect(await runner.pass(state)).toEqual({ kind: 'done' });
    const upgradeInstall = install.helm.upgradeInstall.bind(install.helm);
    install.helm.upgradeInstall = async (request, call) => {
      if (JSON.stringify(request.values).includes('false')) {
        await upgradeInstall(request, call);
        const secrets = install.kubernetes.all('Secret').filter(({ metadata }) => metadata.labels?.['version'] === '2');
        for (const { metadata } of secrets) {
          const ref = { apiVersion: 'v1', kind: 'Secret', namespace: 'shop', name: metadata.name };
          await install.kubernetes.patch(ref, { metadata: { labels: { status: 'failed' } } });
        }
        throw new LandfallError('LF-ENGINES-010', 'it does not like false');
      }
      return upgradeInstall(request, call);
    };
    await install.kubernetes.apply(config('flag', { 'values.yaml': 'ok: false' }), { ...by, force: true });
    install.helm.calls.length = 0;
    await runner.pass(state);
    expect(install.helm.calls).toEqual(['upgrade web', 'rollback web 1']);
    expect(valuesOf()).toEqual({ ok: true });
    await runner.pass(state);
    expect(install.helm.calls).toEqual(['upgrade web', 'rollback web 1']);
    expect(runner.reconciler.status().components[0]?.conditions.map(({ reason }) => reason)).toContain('UpgradeFailed');
    // Other values ask.
    await install.kubernetes.apply(config('flag', { 'values.yaml': 'ok: maybe' }), { ...by, force: true });
    await runner.pass(state);
    expect(install.helm.calls.at(-1)).toBe('upgrade web');
    expect(conditionsOf(runner.reconciler.status())).toEqual({ Ready: 'True Applied' });
  });
});
