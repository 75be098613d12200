import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { addPullSecret } from './add-pull-secret.ts';
import { applyEdits, readRendered } from './edit-yaml.ts';

const naming = (text: string, secret: string): string => applyEdits(text, addPullSecret(readRendered(text), secret));

const secret = 'landfall-pull';
const named = [{ name: secret }];
const parsed = (text: string): unknown[] =>
  parseAllDocuments(text, { version: '1.1', merge: true }).map((document): unknown => document.toJS());
const withSecret = (text: string): unknown => parsed(naming(text, secret))[0];

describe('the pull secret', () => {
  it.each([
    ['a pod', 'kind: Pod\nmetadata: { name: p }\nspec:\n  containers:\n    - image: a\n', ['spec']],
    ['a pod on one line', 'kind: Pod\nspec: { containers: [{ image: a }] }\n', ['spec']],
    [
      'a workload',
      'kind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n        - image: a\n      volumes: []\n',
      ['spec', 'template', 'spec'],
    ],
    [
      'a CronJob',
      'kind: CronJob\nspec: { jobTemplate: { spec: { template: { spec: { containers: [] } } } } }\n',
      ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
    ],
    ['a service account', 'apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: s\n', []],
    [
      'a hook, in JSON',
      '{"kind":"Job","metadata":{"annotations":{"helm.sh/hook":"test"}},"spec":{"template":{"spec":{"containers":[]}}}}',
      ['spec', 'template', 'spec'],
    ],
    ['a List', 'kind: List\nitems:\n  - kind: Pod\n    spec:\n      containers: []\n', ['items', '0', 'spec']],
    ['an aliased spec', 'x: &s\n  containers: []\nkind: Pod\nspec: *s\n', ['spec']],
  ])('is named in %s', (_, text, path) => {
    let at: unknown = withSecret(text);
    for (const key of path) at = Object(at)[key];
    expect(at).toMatchObject({ imagePullSecrets: named });
    // And nothing else has changed.
    const before = parsed(text);
    const after = parsed(naming(text, secret));
    const strip = (value: unknown): string =>
      JSON.stringify(value, (key, each) => (key === 'imagePullSecrets' ? undefined : each));
    expect(strip(after)).toBe(strip(before));
  });

  it.each([
    ['as a block', 'imagePullSecrets:\n    - name: own\n    - name: other\n  containers: []'],
    ['as a block without indentation', 'imagePullSecrets:\n  - name: own\n  - name: other\n  containers: []'],
    ['on one line', 'imagePullSecrets: [{ name: own }, { name: other }]\n  containers: []'],
    ['by an alias', 'imagePullSecrets: *p\n  containers: []'],
  ])('stands beside those that are named already, %s', (_, spec) => {
    const text = `x: &p [{ name: own }, { name: other }]\nkind: Pod\nspec:\n  ${spec}\n`;
    const { imagePullSecrets } = Object(Object(withSecret(text))['spec']);
    expect(new Set(imagePullSecrets.map((each: { name: string }) => each.name))).toEqual(
      new Set([secret, 'own', 'other']),
    );
  });

  it.each(['imagePullSecrets:', 'imagePullSecrets: []', 'imagePullSecrets: null', 'imagePullSecrets: ~'])(
    'is alone where there is none: %s',
    (spec) => {
      expect(withSecret(`kind: Pod\nspec:\n  ${spec}\n  containers: []\n`)).toMatchObject({
        spec: { imagePullSecrets: named, containers: [] },
      });
    },
  );

  it('is named once, however often it is added', () => {
    const once = naming('kind: Pod\nspec:\n  containers: []\n', secret);
    expect(naming(once, secret)).toBe(once);
  });

  it('leaves everything else byte for byte: comments, odd values, kinds nobody knows', () => {
    const text =
      '# a comment\nkind: ConfigMap\ndata: { on: "off", mode: 0644, containers: "x" }\n---\nkind: Stream\nspec:\n  containers: []\n---\n# empty\n---\nkind: Pod\nspec:   # here\n  containers: []   # and here\n';
    expect(naming(text, secret)).toBe(
      text.replace('  containers: []   # and', `  imagePullSecrets: [{"name":"${secret}"}]\n  containers: []   # and`),
    );
  });

  it('refuses what is not YAML', () => {
    expect(() => naming('kind: Pod\nspec: { [', secret)).toThrow(expect.objectContaining({ code: 'LF-RUNNER-007' }));
  });
});
