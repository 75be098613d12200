const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

/** The definition of a kind that a product brings: `Topic` is `topics.shop.example`, served as v1 in namespaces, and takes whatever it is given. */
export function shopKind(kind: string, annotations: Record<string, string> = {}) {
  const singular = kind.toLowerCase();
  const plural = `${singular}s`;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.shop.example`, annotations },
    spec: {
      group: 'shop.example',
      scope: 'Namespaced',
      names: { kind, plural, singular, listKind: `${kind}List` },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: anything },
        },
      ],
    },
  };
}
