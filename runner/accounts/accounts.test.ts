import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { releaseSchema, type Right } from '../../contract/index.ts';
import type { EffectKind, KillAt } from '../effects/index.ts';
import { createFakeAccounts, type FakeAccounts } from '../testing/fake-accounts.ts';
import { types } from '../testing/fake-entities.ts';
import { createFakeInstall, type FakeComponent, type FakeInstall } from '../testing/index.ts';

const web: FakeComponent = { name: 'web', chart: { deployments: ['web'] } };
const settings = (value: string): FakeComponent => ({
  name: 'settings',
  objects: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { value } }],
});
const classes: Right = {
  scope: 'cluster',
  apiGroups: ['scheduling.k8s.io'],
  resources: ['priorityclasses'],
  verbs: ['get', 'create'],
  reason: 'Its broker goes first.',
};
const asking: FakeComponent = {
  ...settings('asks'),
  name: 'asking',
  settings: { rights: [classes] },
  objects: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'asking' }, data: {} }],
};
const request = 'landfall-rights-needed';

let install: FakeInstall;
let accounts: FakeAccounts;
beforeEach(() => {
  install = createFakeInstall();
  accounts = createFakeAccounts(install.kubernetes, install.helm);
});
afterEach(() => install.dispose());

const start = (killAt?: KillAt) =>
  install.startRunner({ over: { accounts }, ...(killAt === undefined ? {} : { killAt }) });
const release = (version: string, ...components: FakeComponent[]) =>
  install.accept(install.release(version, components));
const bindings = (): string[] =>
  install.kubernetes
    .all('RoleBinding')
    .map(({ metadata }) => `${metadata.namespace} ${metadata.name}`)
    .sort();
const approve = (): void => {
  for (const verb of classes.verbs) accounts.approved?.add(`asking ${verb} priorityclasses`);
  for (const verb of ['get', 'list', 'watch']) accounts.approved?.add(`runner ${verb} priorityclasses`);
};

describe('a component', () => {
  it('is applied as its own account, which is bound in its namespaces alone', async () => {
    const { pass } = await start();
    expect(await pass(release('1.0.0', web, { ...settings('one'), namespace: 'tools' }))).toEqual({ kind: 'done' });
    expect(bindings()).toEqual(['shop landfall-component-web', 'tools landfall-component-settings']);
    const names = install.kubernetes
      .all('ServiceAccount')
      .map(({ metadata }) => `${metadata.namespace} ${metadata.name}`);
    expect(names.sort()).toEqual(['landfall-system-components settings', 'landfall-system-components web']);
    expect(accounts.changes).toContain('web install Release web');
    expect(accounts.changes).toContain('settings patch ConfigMap settings');
  });

  it('costs no request about its rights while nothing is to be changed', async () => {
    const runner = await start();
    const state = release('1.0.0', web, settings('one'));
    await runner.pass(state);
    install.kubernetes.calls.length = 0;
    expect(await runner.pass(state)).toEqual({ kind: 'done' });
    const about = install.kubernetes.calls.filter(({ kind }) => kind === 'RoleBinding' || kind === 'ServiceAccount');
    expect(about).toEqual([]);
  });

  it('gets its usual rights again where somebody took them away', async () => {
    const runner = await start();
    await runner.pass(release('1.0.0', settings('one')));
    const binding = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding' };
    await install.kubernetes.delete({ ...binding, namespace: 'shop', name: 'landfall-component-settings' });
    expect(await runner.pass(release('1.1.0', settings('two')))).toEqual({ kind: 'done' });
    expect(bindings()).toEqual(['shop landfall-component-settings']);
  });

  it('that is gone leaves no account and no binding', async () => {
    const runner = await start();
    await runner.pass(release('1.0.0', web, settings('one')));
    expect(await runner.pass(release('1.1.0', web))).toEqual({ kind: 'done' });
    expect(bindings()).toEqual(['shop landfall-component-web']);
    expect(install.kubernetes.find('ServiceAccount', 'settings')).toBeUndefined();
  });

  it.each(['1.1.0', '1.0.0'])('that moves leaves nothing where it was, no right either: to %s', async (last) => {
    const runner = await start();
    const outputs = (namespace: string) => ({ outputsSecret: { namespace, name: 'bucket' } });
    const bucket = (namespace: string): FakeComponent => ({
      name: 'bucket',
      module: { resources: { 'aws_s3_bucket.it': {} } },
      settings: outputs(namespace),
    });
    const once = (namespace: string): FakeComponent => ({
      name: 'once',
      job: { spec: { containers: [{ name: 'c', image: 'shop.example/app:1' }] } },
      settings: { namespace },
    });
    const all = (namespace: string) => [
      { ...web, namespace },
      { ...settings('one'), namespace },
      bucket(namespace),
      once(namespace),
    ];
    const first = release('1.0.0', ...all('shop'));
    await runner.pass(first);
    expect(bindings()).toHaveLength(4);
    expect(await runner.pass(release('1.1.0', ...all('tools')))).toEqual({ kind: 'done' });
    if (last === '1.0.0') expect(await runner.pass(release('1.0.0', ...all('shop')))).toEqual({ kind: 'done' });
    const where = last === '1.0.0' ? 'shop' : 'tools';
    // What has run already is not run again, and needs no rights for it.
    const needing = ['bucket', ...(last === '1.1.0' ? ['once'] : []), 'settings', 'web'];
    expect(bindings()).toEqual(needing.map((name) => `${where} landfall-component-${name}`));
    const places = (kind: string, name: string) =>
      install.kubernetes
        .all(kind)
        .filter(({ metadata }) => metadata.name === name)
        .map(({ metadata }) => metadata.namespace);
    expect(places('Deployment', 'web')).toEqual([where]);
    expect(places('ConfigMap', 'settings')).toEqual([where]);
    expect(places('ServiceAccount', 'web')).toEqual(['landfall-system-components']);
  });

  it('that becomes another kind leaves nothing of what it was', async () => {
    const runner = await start();
    await runner.pass(release('1.0.0', web));
    expect(await runner.pass(release('1.1.0', { ...settings('one'), name: 'web' }))).toEqual({ kind: 'done' });
    expect(install.kubernetes.all('Deployment')).toEqual([]);
    expect(install.helm.calls).toContain('uninstall web');
    expect(install.kubernetes.find('ConfigMap', 'settings')).toBeDefined();
  });

  it('that does what it did not state fails its release; what is in force stays', async () => {
    const runner = await start();
    await runner.pass(release('1.0.0', web));
    const high = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'high' } };
    await runner.pass(release('1.1.0', web, { name: 'classes', objects: [high] }));
    const status = runner.reconciler.status();
    expect(status.denied[0]?.reason).toContain('LF-RUNNER-150');
    expect(status.observed?.version).toBe('1.0.0');
  });
});

describe('rights beyond the usual', () => {
  it('are waited for before anything is touched; what to apply is written down, with the reasons', async () => {
    const runner = await start();
    const result = await runner.pass(release('1.0.0', asking));
    expect(result).toMatchObject({ kind: 'waiting', reason: 'RightsNeeded' });
    expect(runner.reconciler.status().waitingFor?.details?.rights).toMatchObject([
      { component: 'asking', namespace: '', resource: 'priorityclasses', verbs: ['get', 'create'] },
      { component: 'asking', resource: 'priorityclasses', verbs: ['get', 'list', 'watch'] },
    ]);
    const text = JSON.stringify(install.kubernetes.find('ConfigMap', request));
    expect(text).toContain('Its broker goes first.');
    expect(text).toContain('landfall-approved-asking');
    expect(install.kubernetes.all('Namespace')).toEqual([]);
    expect(accounts.changes).toEqual([]);
  });

  it('given, let it go on, and nothing is asked for any more', async () => {
    const runner = await start();
    const state = release('1.0.0', asking);
    await runner.pass(state);
    approve();
    expect(await runner.pass(state)).toEqual({ kind: 'done' });
    expect(install.kubernetes.find('ConfigMap', request)).toBeUndefined();
    expect(runner.reconciler.status().waitingFor).toBeNull();
  });

  it("of entities are asked for with their type's account, before the release is begun", async () => {
    const [, streams] = types;
    if (streams === undefined) throw new Error('no type');
    const components = streams.components.map((member) =>
      member.kind === 'manifests' ? { ...member, rights: [classes] } : member,
    );
    const wanted = release('1.0.0', web);
    const runner = await start();
    const entityTypes = [{ ...streams, components }];
    const state = { ...wanted, release: releaseSchema.parse({ ...wanted.release, entityTypes }) };
    expect(await runner.pass(state)).toMatchObject({ kind: 'waiting', reason: 'RightsNeeded' });
    expect(runner.reconciler.status().waitingFor?.details?.rights).toMatchObject([
      { component: 'streams-entities', resource: 'priorityclasses', verbs: ['get', 'create'] },
      { component: 'streams-entities', resource: 'priorityclasses', verbs: ['get', 'list', 'watch'] },
    ]);
    expect(JSON.stringify(install.kubernetes.find('ConfigMap', request))).toContain(
      'landfall-approved-streams-entities',
    );
  });

  it('of a release on its way are not asked for again: half a release is worse', async () => {
    approve();
    const dying = await start({ kind: 'manifests-apply', when: 'before' });
    const state = release('1.0.0', asking);
    expect(await dying.pass(state)).toBe('killed');
    accounts.approved?.clear();
    const next = await start();
    expect(await next.pass(state)).toEqual({ kind: 'done' });
  });
});

type Row = { kind: EffectKind; prepare: () => Promise<ReturnType<typeof release>>; holds: () => void };
const rows: Row[] = [
  {
    kind: 'account-grant',
    prepare: async () => release('1.0.0', web, settings('one')),
    holds: () => expect(bindings()).toEqual(['shop landfall-component-settings', 'shop landfall-component-web']),
  },
  {
    kind: 'account-revoke',
    prepare: async () => {
      await (await start()).pass(release('1.0.0', web, settings('one')));
      return release('1.1.0', web);
    },
    holds: () => {
      expect(bindings()).toEqual(['shop landfall-component-web']);
      expect(install.kubernetes.find('ServiceAccount', 'settings')).toBeUndefined();
    },
  },
  {
    kind: 'account-revoke',
    prepare: async () => {
      await (await start()).pass(release('1.0.0', web, settings('one')));
      return release('1.1.0', { ...web, namespace: 'tools' }, { ...settings('one'), namespace: 'tools' });
    },
    holds: () => {
      expect(bindings()).toEqual(['tools landfall-component-settings', 'tools landfall-component-web']);
      expect(install.kubernetes.all('Deployment').map(({ metadata }) => metadata.namespace)).toEqual(['tools']);
    },
  },
  {
    kind: 'rights-request',
    prepare: async () => {
      const state = release('1.0.0', asking);
      await (await start()).pass(state);
      approve();
      return state;
    },
    holds: () => expect(install.kubernetes.find('ConfigMap', request)).toBeUndefined(),
  },
];
const moments: KillAt['when'][] = ['before', 'during', 'after'];

describe('a runner killed at', () => {
  it.each(rows.flatMap((row) => moments.map((when) => ({ ...row, when }))))(
    '$kind, $when: the next one reaches the same end',
    async ({ kind, when, prepare, holds }) => {
      const state = await prepare();
      const dying = await start({ kind, when });
      expect(await dying.pass(state)).toBe('killed');
      const next = await start();
      let result = await next.pass(state);
      for (let again = 0; again < 5 && result !== 'killed' && result.kind === 'waiting'; again++)
        result = await next.pass(state);
      expect(result).toEqual({ kind: 'done' });
      expect(next.reconciler.status().state).toBe('Running');
      holds();
    },
  );
});
