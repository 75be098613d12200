import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type JsonObject, runnerPolicySchema } from '../../contract/index.ts';
import { createKeptSecrets } from '../secrets/index.ts';
import { createFakeSecretStore, type FakeSecretStore } from '../secrets/testing/fake-secret-store.ts';
import { createFakeInstall, type FakeComponent, type FakeInstall } from '../testing/index.ts';

const canary = 'canary-9d1f7a30';
const secretMarks = { of: (value: string) => createHmac('sha256', 'a key').update(value).digest('hex').slice(0, 32) };
const gateway = (name: string, input = 'token'): FakeComponent => ({
  name,
  chart: { deployments: [name] },
  values: { secret: `\${secrets.${input}.name}`, key: `\${secrets.${input}.key}` },
});
const other: FakeComponent = { name: 'other', chart: { deployments: ['other'] } };
const own = { store: 'kubernetes', namespace: 'shop', name: 'gateway', key: 'token' };
const stored = { store: 'aws-secrets-manager', secretId: 'lf-acme/token', namespace: 'shop' };

let install: FakeInstall;
let store: FakeSecretStore;
beforeEach(() => {
  install = createFakeInstall();
  store = createFakeSecretStore();
});
afterEach(() => install.dispose());

async function start(options: Parameters<FakeInstall['startRunner']>[0] = {}) {
  let stopped = new AbortController();
  const { kubernetes, clock } = install;
  const runner = await install.startRunner({
    ...options,
    over: { secretMarks, keptSecrets: { ensure: (...args) => kept.ensure(...args) } },
  });
  const kept = createKeptSecrets({
    ...{ kubernetes, effects: runner.effects, install: 'acme', store, clock },
    events: { event: () => undefined, componentState: () => undefined, log: () => undefined },
    wanted: async () => ({
      inputs: [{ input: 'token', reference: { ...stored, store: 'aws-secrets-manager' } }],
      namespaces: new Set(['shop']),
    }),
    ...{ learn: () => undefined, everyMs: 300_000, onChange: () => undefined },
  });
  /** As every few minutes. */
  const renew = async (): Promise<void> => {
    stopped = new AbortController();
    const running = kept.run(stopped.signal);
    for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
    stopped.abort();
    await running;
  };
  return { ...runner, renew };
}
const accept = (components: FakeComponent[], reference: JsonObject, onRotation?: 'restart' | 'tell') => {
  const made = install.release('1.0.0', components);
  made.release.inputs.secrets.push({
    name: 'token',
    description: '',
    ...(onRotation === undefined ? {} : { onRotation }),
  });
  return install.accept(made, { secrets: { token: reference } });
};
const put = (value: string, labels: Record<string, string> = {}) =>
  install.kubernetes.apply(
    {
      ...{ apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'shop', name: 'gateway', labels } },
      data: { token: Buffer.from(value).toString('base64') },
    },
    { fieldManager: 'customer', force: true },
  );
const restarts = (name: string): number => {
  const deployment = JSON.stringify(install.kubernetes.find('Deployment', name));
  return deployment.includes('landfall.dev/restart') ? 1 : 0;
};
const writes = (): number => install.kubernetes.calls.filter(({ verb }) => verb === 'patch').length;

describe('a secret with another value', () => {
  it('rolls what uses it and nothing else, without a release, once', async () => {
    await put('one');
    const runner = await start();
    const state = accept([gateway('gateway'), other], own);
    expect(await runner.pass(state)).toEqual({ kind: 'done' });
    expect(await runner.pass(state)).toEqual({ kind: 'done' });
    expect(restarts('gateway')).toBe(0);
    const upgrades = install.helm.calls.length;
    await put('two');
    expect(await runner.pass(state)).toEqual({ kind: 'done' });
    expect([restarts('gateway'), restarts('other')]).toEqual([1, 0]);
    expect(runner.events).toContain('SecretChanged gateway');
    const before = writes();
    expect(await runner.pass(state)).toEqual({ kind: 'done' });
    expect(writes()).toBe(before);
    expect(install.helm.calls.length).toBe(upgrades);
  });

  it('is not one because a label is another', async () => {
    await put('one');
    const runner = await start();
    const state = accept([gateway('gateway')], own);
    await runner.pass(state);
    await put('one', { team: 'shop' });
    await runner.pass(state);
    expect(restarts('gateway')).toBe(0);
  });

  it.each<[string, 'tell' | 'restart', object]>([
    ['where the vendor says that it is read anew', 'tell', {}],
    ['where the policy does not allow restarts', 'restart', { allowedVerbs: ['install', 'upgrade'] }],
  ])('is only told %s', async (_, onRotation, policy) => {
    await put('one');
    const runner = await start();
    const state = accept([gateway('gateway')], own, onRotation);
    await runner.pass(state);
    install.policy.now = runnerPolicySchema.parse(policy);
    await put('two');
    await runner.pass(state);
    await runner.pass(state);
    expect(restarts('gateway')).toBe(0);
    expect(runner.events.filter((event) => event === 'SecretChanged gateway')).toHaveLength(1);
  });

  it('is left alone while the runner is paused, and followed afterwards', async () => {
    await put('one');
    const runner = await start();
    const state = accept([gateway('gateway')], own);
    await runner.pass(state);
    install.policy.now = runnerPolicySchema.parse({ paused: true });
    await put('two');
    await runner.pass(state);
    expect(restarts('gateway')).toBe(0);
    install.policy.now = runnerPolicySchema.parse({});
    await runner.pass(state);
    expect(restarts('gateway')).toBe(1);
  });

  it.each(['before', 'after'] as const)(
    'is followed by the next runner when one is killed %s the restart',
    async (when) => {
      await put('one');
      const state = accept([gateway('gateway')], own);
      await (await start()).pass(state);
      await put('two');
      expect(await (await start({ killAt: { kind: 'workload-restart', when } })).pass(state)).toBe('killed');
      const rolled = JSON.stringify(install.kubernetes.find('Deployment', 'gateway')?.['spec']);
      expect(await (await start()).pass(state)).toEqual({ kind: 'done' });
      expect(restarts('gateway')).toBe(1);
      // The same restart again is none.
      const now = JSON.stringify(install.kubernetes.find('Deployment', 'gateway')?.['spec']);
      expect(now === rolled).toBe(when === 'after');
    },
  );
});

describe('a secret out of the customer’s store', () => {
  it('is given to components by the name of a Secret; its value is in nothing the runner writes or says', async () => {
    store.put('lf-acme/token', canary);
    const runner = await start();
    const state = accept([gateway('gateway')], stored);
    expect(await runner.pass(state)).toEqual({ kind: 'done' });
    const given = JSON.stringify(install.kubernetes.find('Deployment', 'gateway'));
    expect(given).toContain('{"secret":"landfall-secret-token","key":"value"}');
    const secret = install.kubernetes.find('Secret', 'landfall-secret-token');
    const encoded = Buffer.from(canary).toString('base64');
    expect(JSON.stringify(secret)).toContain(encoded);
    const all = ['ConfigMap', 'Secret', 'Deployment'].flatMap((kind) => install.kubernetes.all(kind));
    const elsewhere = all.filter(({ metadata }) => metadata.name !== 'landfall-secret-token');
    const said = JSON.stringify([elsewhere, runner.events, runner.statuses, runner.journal.entries(), state]);
    expect(said.length).toBeGreaterThan(1000);
    expect(said).not.toContain(canary);
    expect(said).not.toContain(encoded);
  });

  it('is waited for while the store is away at first; nothing of that component is applied', async () => {
    store.away = true;
    const runner = await start();
    const state = accept([gateway('gateway')], stored);
    expect(await runner.pass(state)).toMatchObject({ kind: 'waiting', reason: 'SecretUnavailable' });
    expect(install.deployments()).toEqual([]);
    store.away = false;
    store.put('lf-acme/token', 'one');
    expect(await runner.pass(state)).toEqual({ kind: 'done' });
  });

  it('that runs is not harmed while the store is away, by passes, repairs or another release', async () => {
    store.put('lf-acme/token', 'one');
    const runner = await start();
    await runner.pass(accept([gateway('gateway')], stored));
    store.away = true;
    await runner.renew();
    const next = install.release('1.1.0', [gateway('gateway'), other]);
    const state = install.accept(next, { secrets: { token: stored } });
    expect(await runner.pass(state)).toEqual({ kind: 'done' });
    await install.kubernetes.delete({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'gateway' });
    expect(await runner.pass(state)).toEqual({ kind: 'done' });
    expect(install.deployments()).toEqual(['gateway', 'other']);
    expect(restarts('gateway')).toBe(0);
  });

  it('is renewed and rolls what uses it when it is turned in the store', async () => {
    store.put('lf-acme/token', 'one');
    const runner = await start();
    const state = accept([gateway('gateway'), other], stored);
    await runner.pass(state);
    store.put('lf-acme/token', 'two');
    await runner.renew();
    await runner.pass(state);
    expect([restarts('gateway'), restarts('other')]).toEqual([1, 0]);
  });

  it.each(['before', 'during', 'after'] as const)('is whole when the runner is killed %s it keeps it', async (when) => {
    store.put('lf-acme/token', 'one');
    const state = accept([gateway('gateway')], stored);
    expect(await (await start({ killAt: { kind: 'secret-keep', when } })).pass(state)).toBe('killed');
    expect(await (await start()).pass(state)).toEqual({ kind: 'done' });
    expect(install.deployments()).toEqual(['gateway']);
  });
});
