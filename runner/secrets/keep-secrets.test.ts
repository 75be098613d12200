import { beforeEach, describe, expect, it } from 'vitest';
import type { AwsSecretReference } from '../../contract/index.ts';
import type { Effects } from '../ports.ts';
import { createAutoClock } from '../testing/auto-clock.ts';
import { createFakeKubernetes, type FakeKubernetes } from '../testing/fake-kubernetes.ts';
import { createKeptSecrets, type KeptSecretsOptions } from './keep-secrets.ts';
import { createFakeSecretStore, type FakeSecretStore } from './testing/fake-secret-store.ts';

const never = new AbortController().signal;
const directly: Effects = { run: (_kind, _about, fn) => fn({ signal: never, onSpawn: () => Promise.resolve() }) };
const token: AwsSecretReference = { store: 'aws-secrets-manager', secretId: 'lf-acme/token', namespace: 'shop' };
const password: AwsSecretReference = { ...token, secretId: 'lf-acme/db', field: 'password' };
const shop: ReadonlySet<string> = new Set(['shop']);

let kubernetes: FakeKubernetes;
let store: FakeSecretStore;
let events: string[];
let learned: string[];
beforeEach(() => {
  kubernetes = createFakeKubernetes();
  store = createFakeSecretStore();
  store.put('lf-acme/token', 'first');
  store.put('lf-acme/db', JSON.stringify({ user: 'shop', password: 'horse', port: 5432 }));
  events = [];
  learned = [];
});
const keep = (more: Partial<KeptSecretsOptions> = {}) =>
  createKeptSecrets({
    ...{ kubernetes, effects: directly, install: 'acme', store, clock: createAutoClock() },
    events: {
      event: ({ reason, message }) => events.push(`${reason}: ${message}`),
      componentState: () => undefined,
      log: () => undefined,
    },
    wanted: async () => ({ inputs: [{ input: 'token', reference: token }], namespaces: shop }),
    learn: (value) => learned.push(value),
    everyMs: 300_000,
    onChange: () => undefined,
    ...more,
  });
const kept = (): string[] =>
  kubernetes
    .all('Secret')
    .map(({ metadata, data }) => {
      const value = Buffer.from(String(Object(data)['value']), 'base64').toString();
      return `${metadata.namespace}/${metadata.name}: ${value}`;
    })
    .sort();
const writes = (): number => kubernetes.calls.filter(({ verb }) => verb !== 'get' && verb !== 'list').length;
/** One look at everything, as at start and every few minutes. */
const lookOnce = async (secrets: ReturnType<typeof keep>): Promise<void> => {
  const stop = new AbortController();
  const running = secrets.run(stop.signal);
  for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
  stop.abort();
  await running;
};

describe('a secret input out of a store', () => {
  it('is kept as a Secret in the product’s namespace, and the store is not asked again', async () => {
    const secrets = keep();
    await secrets.ensure('gatewayToken', token, shop, never);
    expect(kept()).toEqual(['shop/landfall-secret-gateway-token: first']);
    expect(learned).toEqual(['first']);
    const before = writes();
    store.away = true;
    await keep().ensure('gatewayToken', token, shop, never);
    expect(writes()).toBe(before);
    expect(store.calls).toEqual(['read lf-acme/token']);
  });

  it('may be one field of a JSON object, and another field is another value', async () => {
    const secrets = keep();
    await secrets.ensure('db', password, shop, never);
    expect(kept()).toEqual(['shop/landfall-secret-db: horse']);
    await secrets.ensure('db', { ...password, field: 'port' }, shop, never);
    expect(kept()).toEqual(['shop/landfall-secret-db: 5432']);
  });

  it.each([
    ['lacks the field', '{"user":"horse-staple"}'],
    ['is no JSON', 'horse-staple'],
    ['is a list', '["horse-staple"]'],
    ['is too large', JSON.stringify({ password: 'horse-staple'.repeat(100_000) })],
  ])('whose value %s is refused, without a piece of it in the message', async (_, value) => {
    store.put('lf-acme/db', value);
    const refused = keep().ensure('db', password, shop, never);
    await expect(refused).rejects.toMatchObject({ code: 'LF-RUNNER-203', temporary: true });
    await expect(refused).rejects.not.toThrow(/horse/);
    expect(events.join()).not.toContain('horse');
    expect(kept()).toEqual([]);
  });

  it('is copied into no namespace that the release has nothing in', async () => {
    const stray = { ...token, namespace: 'attackers-own' };
    await expect(keep().ensure('token', stray, shop, never)).rejects.toMatchObject({ code: 'LF-RUNNER-204' });
    expect([kept(), store.calls]).toEqual([[], []]);
    // The twin: with the guard off, whoever writes the reference gets the value.
    await keep({ guards: { namespaces: false } }).ensure('token', stray, shop, never);
    expect(kept()).toEqual(['attackers-own/landfall-secret-token: first']);
  });

  it.each([
    ['of somebody else', {}],
    ['of another install', { 'landfall.dev/kept-secret': 'other' }],
  ])('does not overwrite a Secret %s', async (_, labels) => {
    const metadata = { namespace: 'shop', name: 'landfall-secret-token', labels };
    await kubernetes.create({ apiVersion: 'v1', kind: 'Secret', metadata, data: { value: 'bWluZQ==' } });
    await expect(keep().ensure('token', token, shop, never)).rejects.toMatchObject({ code: 'LF-RUNNER-205' });
    expect(kept()).toEqual(['shop/landfall-secret-token: mine']);
  });

  it('that somebody has emptied or deleted is brought again', async () => {
    const secrets = keep();
    await secrets.ensure('token', token, shop, never);
    const ref = { apiVersion: 'v1', kind: 'Secret', namespace: 'shop', name: 'landfall-secret-token' };
    await kubernetes.patch(ref, { data: null });
    await secrets.ensure('token', token, shop, never);
    expect(kept()).toEqual(['shop/landfall-secret-token: first']);
    await kubernetes.delete(ref);
    await secrets.ensure('token', token, shop, never);
    expect(kept()).toEqual(['shop/landfall-secret-token: first']);
  });

  it('is whole or not there when the runner is killed while it writes', async () => {
    kubernetes.before = ({ verb }) => {
      if (verb === 'apply') throw new Error('killed');
    };
    await expect(keep().ensure('token', token, shop, never)).rejects.toThrow('killed');
    expect(kept()).toEqual([]);
    kubernetes.before = () => undefined;
    await keep().ensure('token', token, shop, never);
    expect(kept()).toEqual(['shop/landfall-secret-token: first']);
  });
});

describe('every few minutes', () => {
  it('another value is brought without a release, and only the name of its version moves before', async () => {
    const secrets = keep();
    await secrets.ensure('token', token, shop, never);
    store.put('lf-acme/token', 'second');
    store.calls.length = 0;
    await lookOnce(secrets);
    expect(kept()).toEqual(['shop/landfall-secret-token: second']);
    expect(store.calls.filter((call) => call.startsWith('read'))).toEqual(['read lf-acme/token']);
    expect(events.join()).toContain('SecretRenewed');
    expect(events.join()).not.toContain('second');
  });

  it('nothing is written while nothing is another', async () => {
    const secrets = keep();
    await secrets.ensure('token', token, shop, never);
    const before = writes();
    store.calls.length = 0;
    await lookOnce(secrets);
    expect(writes()).toBe(before);
    expect(store.calls.every((call) => call.startsWith('version'))).toBe(true);
  });

  it('a store that is away leaves what is kept, is told once, and the condition says since when', async () => {
    const secrets = keep();
    await secrets.ensure('token', token, shop, never);
    expect(secrets.troubles.condition()).toMatchObject({ type: 'SecretsKept', status: 'True' });
    store.away = true;
    await lookOnce(secrets);
    await lookOnce(secrets);
    expect(kept()).toEqual(['shop/landfall-secret-token: first']);
    expect(events.filter((event) => event.startsWith('SecretUnavailable'))).toHaveLength(1);
    const condition = secrets.troubles.condition();
    expect(condition).toMatchObject({ type: 'SecretsKept', status: 'False', reason: 'StoreUnavailable' });
    expect(condition?.message).toMatch(/stays in use.*token \(since 2026/);
    store.away = false;
    await lookOnce(secrets);
    expect(secrets.troubles.condition()).toMatchObject({ status: 'True' });
    expect(events.filter((event) => event.startsWith('SecretAvailable'))).toHaveLength(1);
  });

  it('one that cannot be read keeps no other from being renewed', async () => {
    const inputs = [
      { input: 'locked', reference: password },
      { input: 'token', reference: token },
    ];
    const secrets = keep({ wanted: async () => ({ inputs, namespaces: shop }) });
    for (const { input, reference } of inputs) await secrets.ensure(input, reference, shop, never);
    store.lock('lf-acme/db');
    store.put('lf-acme/token', 'second');
    await lookOnce(secrets);
    expect(kept()).toEqual(['shop/landfall-secret-locked: horse', 'shop/landfall-secret-token: second']);
  });

  it('what no input is kept in any more goes, and nothing else', async () => {
    const secrets = keep();
    await secrets.ensure('token', token, shop, never);
    await secrets.ensure('old', password, shop, never);
    const labels = { 'landfall.dev/kept-secret': 'acme' };
    for (const metadata of [
      { namespace: 'shop', name: 'labelled-by-somebody', labels },
      { namespace: 'shop', name: 'landfall-secret-of-another', labels: { 'landfall.dev/kept-secret': 'other' } },
    ]) {
      await kubernetes.create({ apiVersion: 'v1', kind: 'Secret', metadata, data: { value: 'bWluZQ==' } });
    }
    kubernetes.before = ({ verb }) => {
      if (verb === 'delete') throw new Error('killed');
    };
    await lookOnce(secrets);
    expect(kept()).toContain('shop/landfall-secret-old: horse');
    kubernetes.before = () => undefined;
    await lookOnce(secrets);
    expect(kept()).toEqual([
      'shop/labelled-by-somebody: mine',
      'shop/landfall-secret-of-another: mine',
      'shop/landfall-secret-token: first',
    ]);
  });

  it('never asks where the customer has said so', async () => {
    const secrets = keep({ everyMs: null });
    store.calls.length = 0;
    await secrets.run(never);
    expect(store.calls).toEqual([]);
  });
});
