import { describe, expect, it } from 'vitest';
import { type Release, releaseSchema, runnerPolicySchema, sha256 } from '../../contract/index.ts';
import { changeOf } from './change.ts';
import { judge } from './decide.ts';
import { isAllowedNamespace } from './namespaces.ts';
import { compareVersions, stepBetween } from './version-step.ts';

const artifact = { repository: 'shop/thing', digest: sha256('x'), mediaType: 'x/y', size: 1 };
const chart = (name: string, values: object = {}) => {
  const place = { namespace: 'shop', releaseName: name };
  return { name, kind: 'helm', ...place, values, chart: artifact, chartVersion: '1.0.0', images: [] };
};
const release = (version: string, components: object[]): Release =>
  releaseSchema.parse({
    apiVersion: 'landfall.dev/v1',
    kind: 'Release',
    product: 'shop',
    title: 'Shop',
    version,
    inputs: { schema: { type: 'object' }, secrets: [] },
    components,
    permissions: [],
  });
const at = (version: string, components: object[], inputs = 'inputs') => ({
  key: { version, digest: sha256(JSON.stringify([version, components])), inputsDigest: sha256(inputs) },
  release: release(version, components),
  secrets: {},
});
const hosts = { registry: 'vendor.test', pinnedRegistry: 'vendor.test' };
const names = (components: readonly { name: string }[]): string[] => components.map(({ name }) => name);

describe('a change of release', () => {
  const running = at('1.2.0', [chart('web'), chart('worker')]);
  it('is an install when nothing runs: everything is changed', () => {
    const change = changeOf({ wanted: running, lastGood: null, ...hosts });
    expect(change).toMatchObject({ verb: 'install', step: null, from: null, removed: [] });
    expect(names(change.changed)).toEqual(['web', 'worker']);
  });

  it('tells what is added, what differs and what is gone', () => {
    const wanted = at('1.3.0', [chart('web', { replicas: 2 }), chart('cache')]);
    const change = changeOf({ wanted, lastGood: running, ...hosts });
    expect(change).toMatchObject({ verb: 'upgrade', step: 'minor', from: '1.2.0' });
    expect([names(change.changed), names(change.removed)]).toEqual([['web', 'cache'], ['worker']]);
  });

  it('takes away what is in another place now, or of another kind', () => {
    const moved = { ...chart('web'), namespace: 'other' };
    const job = { name: 'worker', kind: 'job', namespace: 'shop', template: {}, images: [] };
    const wanted = at('1.3.0', [moved, job]);
    expect(names(changeOf({ wanted, lastGood: running, ...hosts }).removed)).toEqual(['web', 'worker']);
    const asleep = at('1.3.0', [{ ...moved, suspend: true }, chart('worker', { replicas: 2 })]);
    expect(names(changeOf({ wanted: asleep, lastGood: running, ...hosts }).removed)).toEqual([]);
  });

  it('with other inputs counts as one of every component', () => {
    const wanted = { ...running, key: { ...running.key, inputsDigest: sha256('others') } };
    const change = changeOf({ wanted, lastGood: running, ...hosts });
    expect(change).toMatchObject({ verb: 'upgrade', step: 'inputs' });
    expect(names(change.changed)).toEqual(['web', 'worker']);
  });

  it('names for Terraform the namespaces of its outputs and of the secrets that it is given by value', () => {
    const db = {
      ...{
        name: 'db',
        kind: 'terraform',
        module: artifact,
        providers: [],
        secretVariables: { password: 'dbPassword', region: 'unknown' },
      },
      outputsSecret: { namespace: 'payments', name: 'db' },
    };
    const dbPassword = { store: 'kubernetes', namespace: 'vault', name: 'db', key: 'password' } as const;
    const wanted = { ...at('1.3.0', [db]), secrets: { dbPassword } };
    const change = changeOf({ wanted, lastGood: null, ...hosts });
    expect(change.components).toEqual([{ name: 'db', kind: 'terraform', namespaces: ['payments', 'vault'] }]);
    expect(change.changed).toEqual(change.components);
    const gone = changeOf({ wanted: running, lastGood: wanted, ...hosts });
    expect(gone.removed).toEqual(change.components);
    const allowing = (allowedNamespaces: string[]) =>
      judge(runnerPolicySchema.parse({ allowedNamespaces }), change, new Date());
    expect(allowing(['payments', 'vault'])).toEqual({ kind: 'go' });
    expect(allowing(['payments'])).toMatchObject({ kind: 'refuse', reason: 'NamespaceNotAllowed' });
    expect(allowing(['vault'])).toMatchObject({ kind: 'refuse', reason: 'NamespaceNotAllowed' });
  });

  it('to a lower version is a rollback; to nothing it is none', () => {
    expect(changeOf({ wanted: at('1.2.0-rc.1', [chart('web')]), lastGood: running, ...hosts }).verb).toBe('rollback');
    expect(changeOf({ wanted: null, lastGood: running, ...hosts })).toMatchObject({
      to: null,
      step: null,
      removed: [],
    });
  });
});

describe('versions', () => {
  it('are ordered as Semantic Versioning says', () => {
    const ordered =
      '1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.0.1 1.2.0 1.10.0 2.0.0';
    const versions = ordered.split(' ');
    for (const [i, a] of versions.entries()) {
      for (const [j, b] of versions.entries())
        expect(Math.sign(compareVersions(a, b)), `${a} ${b}`).toBe(Math.sign(i - j));
    }
  });

  it.each([
    ['1.2.3', '1.2.4', 'patch'],
    ['1.2.3', '1.3.0', 'minor'],
    ['1.3.0', '1.2.9', 'minor'],
    ['1.2.3', '2.0.0', 'major'],
    ['0.2.3', '0.2.4', 'minor'],
    ['0.2.3', '0.3.0', 'major'],
    ['1.2.3-rc.1', '1.2.3', 'patch'],
    ['1.2.3', '1.2.3', 'major'],
  ])('from %s to %s with other content are a %s step', (a, b, step) => {
    expect(stepBetween({ version: a, digest: 'a' }, { version: b, digest: 'b' })).toBe(step);
  });

  it('are none of the matter when the content is the same', () => {
    expect(stepBetween({ version: '1.0.0', digest: 'a' }, { version: '1.0.0', digest: 'a' })).toBe('inputs');
  });
});

describe('a pattern of namespaces', () => {
  it.each<[string, string, boolean]>([
    ['shop', 'shop', true],
    ['shop', 'shops', false],
    ['shop-*', 'shop-', true],
    ['shop-*', 'shop-eu', true],
    ['shop-*', 'shop', false],
    ['*-shop', 'eu-shop', true],
    ['*', 'anything', true],
    ['a*a', 'a', false],
    ['a*b*c', 'a-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['a*bb*b', 'abb', false],
    ['*x*', 'axb', true],
    ['s.op', 'shop', false],
  ])('%s and the name %s: %s', (pattern, name, expected) => {
    expect(isAllowedNamespace(name, [pattern])).toBe(expected);
  });

  it('is not there: every name fits; of an empty list none does', () => {
    expect([isAllowedNamespace('shop', undefined), isAllowedNamespace('shop', [])]).toEqual([true, false]);
  });
});
