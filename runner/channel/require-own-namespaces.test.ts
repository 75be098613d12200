import { describe, expect, it } from 'vitest';
import { desiredStateSchema, type JsonObject, releaseSchema } from '../../contract/index.ts';
import { requireOwnNamespaces } from './require-own-namespaces.ts';
import { desiredDocument, releaseComponent, releaseDocument } from './testing/documents.ts';

const own = 'landfall-system';
const terraform = { name: 'db', kind: 'terraform', module: releaseComponent['chart'] ?? null, providers: [] };
const rightIn = (namespace: string): JsonObject => ({
  ...{ namespaces: [namespace], apiGroups: [''], resources: ['secrets'], verbs: ['get'], reason: 'to copy them' },
});
const typeWith = (rights: JsonObject[]): JsonObject => ({
  ...{ name: 'stream', title: 'Stream', schema: { type: 'object' } },
  components: [
    {
      kind: 'manifests',
      name: 'copies',
      namespace: 'shop',
      manifests: releaseComponent['chart'] ?? null,
      images: [],
      rights,
    },
  ],
});

describe('of a namespace of the runner, or of Kubernetes,', () => {
  const wanted: [string, (namespace: string) => JsonObject, ((namespace: string) => JsonObject)?][] = [
    ['no component', (namespace) => ({ components: [{ ...releaseComponent, namespace }] })],
    ['no output', (namespace) => ({ components: [{ ...terraform, outputsSecret: { namespace, name: 'db' } }] })],
    ['no component’s right', (namespace) => ({ components: [{ ...releaseComponent, rights: [rightIn(namespace)] }] })],
    ['no right of an entity’s component', (namespace) => ({ entityTypes: [typeWith([rightIn(namespace)])] })],
    [
      'no secret input',
      () => ({}),
      (namespace) => ({ key: { store: 'kubernetes', namespace, name: 'lf-runner-key', key: 'private-key.pem' } }),
    ],
    [
      'no secret input out of a store',
      () => ({}),
      (namespace) => ({ key: { store: 'aws-secrets-manager', secretId: 'lf-acme/token', namespace } }),
    ],
  ];
  const judge = (what: (typeof wanted)[number], namespace: string) => () => {
    const [, release, secrets] = what;
    const desired = desiredStateSchema.parse(desiredDocument({ secrets: secrets?.(namespace) ?? {} }));
    requireOwnNamespaces(releaseSchema.parse(releaseDocument(release(namespace))), desired.secrets, own);
  };
  it.each(wanted)('%s is made', (...what) => {
    for (const namespace of [own, `${own}-components`])
      expect(judge(what, namespace)).toThrow(
        expect.objectContaining({
          code: 'LF-RUNNER-071',
          temporary: false,
          message: expect.stringContaining(namespace),
        }),
      );
    for (const namespace of ['shop', `${own}s`]) expect(judge(what, namespace)).not.toThrow();
  });
});
