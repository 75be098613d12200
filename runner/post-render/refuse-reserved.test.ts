import { describe, expect, it } from 'vitest';
import { readRendered } from './edit-yaml.ts';
import { refuseReserved } from './refuse-reserved.ts';
import { rewriteImages } from './rewrite-images.ts';

const own = 'landfall-system';

describe('rendered manifests', () => {
  it.each([
    [
      'an object in the runner’s namespace',
      'kind: ConfigMap\nmetadata: { name: landfall-runner, namespace: landfall-system }\n',
    ],
    [
      'a hook there',
      'kind: Pod\nmetadata:\n  name: p\n  namespace: "landfall-system"\n  annotations: { helm.sh/hook: pre-install }\n',
    ],
    ['a pod in Kubernetes’ own namespace', 'kind: Pod\nmetadata: { name: p, namespace: kube-system }\n'],
    ['the second document', 'kind: Pod\nmetadata: { name: p }\n---\nkind: Pod\nmetadata: { namespace: kube-public }\n'],
    [
      'an item of a List',
      'kind: List\nitems:\n  - kind: Secret\n    metadata: { name: s, namespace: landfall-system }\n',
    ],
    ['a namespace behind a merge key', 'x: &m { namespace: kube-system }\nkind: Pod\nmetadata: { <<: *m, name: p }\n'],
    ['the runner’s namespace itself', 'kind: Namespace\nmetadata: { name: landfall-system }\n'],
    ['a RunnerPolicy', 'apiVersion: landfall.dev/v1alpha1\nkind: RunnerPolicy\nmetadata: { name: default }\n'],
    [
      'the definition of RunnerPolicy',
      'kind: CustomResourceDefinition\nmetadata: { name: runnerpolicies.landfall.dev }\nspec: { group: landfall.dev }\n',
    ],
  ])('with %s are refused', (_, text) => {
    expect(() => refuseReserved(readRendered(text), own)).toThrow(expect.objectContaining({ code: 'LF-RUNNER-071' }));
    // Nothing else would hold it back.
    expect(rewriteImages(readRendered(text), {})).toEqual([]);
  });

  it('of a product pass: its own namespaces, definitions, comments and empty documents', () => {
    const text =
      '# a comment\n---\nkind: Namespace\nmetadata: { name: shop }\n---\nkind: Pod\nmetadata: { name: p, namespace: shop }\n---\n' +
      'kind: CustomResourceDefinition\nmetadata: { name: streams.shop.test }\nspec: { group: shop.test }\n---\n';
    expect(() => refuseReserved(readRendered(text), own)).not.toThrow();
  });
});
