import { beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../kubernetes/index.ts';
import type { Effects } from '../ports.ts';
import { createFakeKubernetes, type FakeKubernetes } from '../testing/fake-kubernetes.ts';
import { createPullSecrets, pullSecretName } from './pull-secrets.ts';

const never = new AbortController().signal;
const directly: Effects = { run: (_kind, _about, fn) => fn({ signal: never, onSpawn: () => Promise.resolve() }) };
const source = { namespace: 'landfall-system', name: 'mirror-pull' };
const secretOf = (login: string, type = 'kubernetes.io/dockerconfigjson'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: source,
  type,
  data: { '.dockerconfigjson': Buffer.from(login).toString('base64') },
});

let kubernetes: FakeKubernetes;
const troubles: string[] = [];
beforeEach(() => {
  kubernetes = createFakeKubernetes();
  troubles.length = 0;
});
const pullSecrets = (namespaces = ['shop', 'other']) =>
  createPullSecrets({
    ...{ kubernetes, effects: directly, source },
    namespaces: async () => new Set(namespaces),
    onTrouble: (message) => void troubles.push(message),
  });
const copies = (): string[] =>
  kubernetes
    .all('Secret')
    .filter(({ metadata }) => metadata.name === pullSecretName)
    .map(({ metadata, ...rest }) => {
      const data = Object(rest['data'])['.dockerconfigjson'];
      return `${metadata.namespace}: ${Buffer.from(data, 'base64').toString()}`;
    })
    .sort();
const writes = (): number => kubernetes.calls.filter(({ verb }) => verb !== 'get' && verb !== 'list').length;

describe('the pull secret', () => {
  it('is copied into a namespace once, and again when it is another', async () => {
    await kubernetes.create(secretOf('first'));
    const secrets = pullSecrets();
    await secrets.ensureIn('shop', never);
    expect(copies()).toEqual(['shop: first']);
    const before = writes();
    await pullSecrets().ensureIn('shop', never);
    expect(writes()).toBe(before);
    await kubernetes.replace(secretOf('second'));
    await secrets.ensureIn('shop', never);
    expect(copies()).toEqual(['shop: second']);
  });

  it('is brought everywhere as soon as the customer changes it, without a release', async () => {
    await kubernetes.create(secretOf('first'));
    const secrets = pullSecrets();
    await secrets.ensureIn('shop', never);
    await secrets.ensureIn('other', never);
    const stop = new AbortController();
    const running = pullSecrets().run(stop.signal);
    await kubernetes.replace(secretOf('second'));
    await expect.poll(copies).toEqual(['other: second', 'shop: second']);
    stop.abort();
    await running;
    expect(troubles).toEqual([]);
  });

  it('goes into no namespace that is not of the product, whatever is labelled there', async () => {
    await kubernetes.create(secretOf('first'));
    const labelled = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: pullSecretName, namespace: 'evil', labels: { 'landfall.dev/pull-secret': 'true' } },
      data: { '.dockerconfigjson': Buffer.from('none').toString('base64') },
    };
    for (const ours of [['shop'], ['shop', 'evil']]) {
      await kubernetes.create(labelled);
      const secrets = pullSecrets(ours);
      await secrets.ensureIn('shop', never);
      const stop = new AbortController();
      const running = secrets.run(stop.signal);
      await kubernetes.replace(secretOf(`changed for ${ours.length}`));
      await expect.poll(() => copies().at(-1)).toBe(`shop: changed for ${ours.length}`);
      stop.abort();
      await running;
      // The twin: were it a namespace of the product, it would get the Secret.
      expect(copies()[0]).toBe(ours.includes('evil') ? `evil: changed for ${ours.length}` : 'evil: none');
    }
  });

  it('that is missing, or of another kind, is waited for and told by name', async () => {
    await expect(pullSecrets().ensureIn('shop', never)).rejects.toMatchObject({
      ...{ code: 'LF-RUNNER-081', temporary: true },
      message: expect.stringContaining('landfall-system/mirror-pull does not exist'),
    });
    await kubernetes.create(secretOf('x', 'Opaque'));
    await expect(pullSecrets().ensureIn('shop', never)).rejects.toMatchObject({ code: 'LF-RUNNER-081' });
    expect(copies()).toEqual([]);
  });

  it('is whole or not there when the runner is killed while it writes', async () => {
    await kubernetes.create(secretOf('first'));
    kubernetes.before = ({ verb }) => {
      if (verb === 'apply') throw new Error('killed');
    };
    await expect(pullSecrets().ensureIn('shop', never)).rejects.toThrow('killed');
    expect(copies()).toEqual([]);
    kubernetes.before = () => undefined;
    await pullSecrets().ensureIn('shop', never);
    expect(copies()).toEqual(['shop: first']);
  });
});
