import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { readRendered, type Rendered } from './edit-yaml.ts';
import { refuseOutside } from './refuse-outside.ts';
import { refuseReserved } from './refuse-reserved.ts';
import { rewriteImages } from './rewrite-images.ts';

/** All that holds rendered manifests back. */
const judge = (read: Rendered): void => {
  rewriteImages(read, {});
  refuseReserved(read, 'landfall-system');
  refuseOutside(read, ['shop']);
};
/** As it was read before: whatever the YAML library takes it for. */
const withoutGuard = (text: string): Rendered => {
  const documents = parseAllDocuments(text, { version: '1.1', merge: true, logLevel: 'silent' });
  return { text, documents, objects: documents.map((document): unknown => document.toJS()) };
};
const image = '\n    - name: a\n      image: evil.test/x\n';

describe('rendered manifests that Kubernetes would read otherwise', () => {
  // For Kubernetes each of them has an image that is not pinned, or is in kube-system.
  const attacks: [string, string][] = [
    ['containers in base64', `kind: Pod\nspec:\n  !!binary Y29udGFpbmVycw==:${image}`],
    [
      'an image’s key in base64',
      'kind: Pod\nspec:\n  containers:\n    - name: a\n      !!binary aW1hZ2U=: evil.test/x\n',
    ],
    ['containers by an alias', `a: &k containers\nkind: Pod\nspec:\n  *k :${image}`],
    ['containers behind a line that Go breaks', 'kind: Pod\nspec:\n  a: |2\n\u2028    x: |\n  containers:' + image],
    [
      'a namespace that a merge key brings afterwards',
      'x: &x { namespace: kube-system }\nkind: Pod\nmetadata:\n  namespace: shop\n  <<: *x\n',
    ],
    [
      'a kind of its own by a merge key',
      'x: &x { kind: Namespace }\nkind: Pod\nmetadata: { name: kube-system }\n<<: *x\n',
    ],
  ];
  it.each(attacks)('with %s are refused, and passed before', (_, text) => {
    expect(() => judge(readRendered(text))).toThrow(/does not pin|cannot be judged/);
    expect(() => judge(withoutGuard(text))).not.toThrow();
  });

  it.each([
    ['a namespace in base64', 'kind: Pod\nmetadata: { namespace: !!binary a3ViZS1zeXN0ZW0= }\n'],
    ['a namespace like a number', 'kind: Pod\nmetadata: { namespace: 1e3 }\n'],
    ['a namespace of the cluster in base64', 'kind: Namespace\nmetadata: { name: !!binary a3ViZS1zeXN0ZW0= }\n'],
    ['an item of a List like a number', 'kind: List\nitems: [{ kind: Pod, metadata: { namespace: 1e3 } }]\n'],
    ['metadata that are no map', 'kind: Pod\nmetadata: [{ namespace: kube-system }]\n'],
  ])('with %s are refused by all that look at namespaces, however they were read', (_, text) => {
    const refused = expect.objectContaining({ code: 'LF-RUNNER-007' });
    expect(() => judge(readRendered(text))).toThrow(refused);
    expect(() => refuseReserved(withoutGuard(text), 'landfall-system')).toThrow(refused);
    expect(() => refuseOutside(withoutGuard(text), ['shop'])).toThrow(refused);
  });
});
