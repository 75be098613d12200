import { describe, expect, it } from 'vitest';
import { readRendered } from './edit-yaml.ts';
import { refuseOutside } from './refuse-outside.ts';
import { refuseReserved } from './refuse-reserved.ts';

const allowed = ['shop', 'shop-*'];

describe('rendered manifests, where the customer names namespaces,', () => {
  it.each([
    ['an object elsewhere', 'kind: ConfigMap\nmetadata: { name: c, namespace: billing }\n'],
    [
      'a hook elsewhere',
      'kind: Pod\nmetadata:\n  name: p\n  namespace: "billing"\n  annotations: { helm.sh/hook: pre-install }\n',
    ],
    [
      'the second document elsewhere',
      'kind: Pod\nmetadata: { name: p }\n---\nkind: Pod\nmetadata: { namespace: shops }\n',
    ],
    [
      'an item of a List elsewhere',
      'kind: List\nitems:\n  - kind: Secret\n    metadata: { name: s, namespace: billing }\n',
    ],
    ['a namespace behind a merge key', 'x: &m { namespace: billing }\nkind: Pod\nmetadata: { <<: *m, name: p }\n'],
    ['a namespace like a date, which is one', 'kind: Pod\nmetadata: { namespace: 2026-01-31 }\n'],
    ['another namespace itself', 'kind: Namespace\nmetadata: { name: billing }\n'],
  ])('with %s are refused', (_, text) => {
    expect(() => refuseOutside(readRendered(text), allowed)).toThrow(
      expect.objectContaining({ code: 'LF-RUNNER-130' }),
    );
    // Nothing else would hold it back, and without the customer's word it passes.
    expect(() => refuseReserved(readRendered(text), 'landfall-system')).not.toThrow();
    expect(() => refuseOutside(readRendered(text), ['*'])).not.toThrow();
  });

  it('pass inside of them, and without a namespace of their own', () => {
    const text =
      'kind: Pod\nmetadata: { name: p }\n---\nkind: Pod\nmetadata: { name: p, namespace: shop-eu }\n---\n# nothing\n---\n' +
      'kind: Namespace\nmetadata: { name: shop }\n---\nkind: Pod\nmetadata: { name: p, namespace: null }\n';
    expect(() => refuseOutside(readRendered(text), allowed)).not.toThrow();
  });
});
