import { describe, expect, it } from 'vitest';
import { releaseSchema, type SecretReference, sha256 } from '../../../contract/index.ts';
import { createFakeKubernetes } from '../../testing/index.ts';
import type { Definition } from '../definition.ts';
import { requireSecrets, secretsNamed } from './require-secrets.ts';

const namespace = 'landfall-system';
const own = { namespace, name: 'lf-runner-key', key: 'private-key.pem' };
const artifact = { repository: 'shop/db', digest: sha256('db'), mediaType: 'x/y', size: 1 };
const component = { name: 'db', kind: 'terraform', module: artifact, providers: [] };
const release = releaseSchema.parse({
  ...{ apiVersion: 'landfall.dev/v1', kind: 'Release', product: 'shop', title: 'Shop', version: '1.0.0' },
  ...{ inputs: { schema: {} }, components: [component], permissions: [] },
});
const definitionWith = (references: Record<string, SecretReference>): Definition => {
  const key = { version: '1.0.0', digest: sha256('release'), inputsDigest: sha256('inputs') };
  return { key, release, inputs: {}, references, outputs: {} };
};

describe('a secret input', () => {
  it.each([
    ['the runner’s own', own],
    ['its accounts', { ...own, namespace: 'landfall-system-components' }],
    ['Kubernetes’ own', { ...own, namespace: 'kube-system' }],
  ])('in %s namespace is read for nobody, whatever was accepted once', async (_, place) => {
    const kubernetes = createFakeKubernetes();
    const signal = new AbortController().signal;
    await kubernetes.create({
      ...{ apiVersion: 'v1', kind: 'Secret', metadata: { namespace: place.namespace, name: place.name } },
      data: { [place.key]: Buffer.from('theirs').toString('base64') },
    });
    const definition = definitionWith({ password: { store: 'kubernetes', ...place } });
    const parts = { namespace, kubernetes, seenSecrets: new Map() };
    const refused = expect.objectContaining({ code: 'LF-RUNNER-071', temporary: false });
    await expect(requireSecrets(parts, 'db', ['secrets.password'], definition, signal)).rejects.toEqual(refused);
    expect(() => secretsNamed(parts, 'db', { password: 'password' }, definition)).toThrow(refused);
    expect(kubernetes.calls.filter(({ verb }) => verb === 'get')).toEqual([]);
  });
});
