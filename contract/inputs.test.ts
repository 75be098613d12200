import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  awsSecretsFeature,
  criticalFeaturesOfSecrets,
  type SecretReference,
  secretPlaceOf,
  secretReferenceSchema,
} from './inputs.ts';

const place = { store: 'kubernetes', namespace: 'shop', name: 'gateway', key: 'token' } as const;
const stored = { store: 'aws-secrets-manager', secretId: 'lf-acme/token', namespace: 'shop' } as const;

describe('a reference to a secret', () => {
  it('into Kubernetes is its own place; one into a store has a place made of the input’s name', () => {
    expect(secretPlaceOf('token', place)).toBe(place);
    const name = 'landfall-secret-gateway-token';
    expect(secretPlaceOf('gatewayToken', stored)).toEqual({
      store: 'kubernetes',
      namespace: 'shop',
      name,
      key: 'value',
    });
  });

  it('of two inputs never has the same place, and always one that Kubernetes takes', () => {
    const input = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,39}$/);
    fc.assert(
      fc.property(input, input, (a, b) => {
        const [first, second] = [secretPlaceOf(a, stored).name, secretPlaceOf(b, stored).name];
        expect(first === second).toBe(a === b);
        expect(first).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
        expect(first.length).toBeLessThan(120);
      }),
    );
  });

  it('into a store is critical: a runner that does not know the store refuses the document', () => {
    const secrets: Record<string, SecretReference> = { one: place };
    expect(criticalFeaturesOfSecrets(secrets)).toEqual([]);
    expect(criticalFeaturesOfSecrets({ ...secrets, two: stored })).toEqual([awsSecretsFeature]);
  });

  it.each([
    ['an ARN of another account', { ...stored, secretId: 'arn:aws:secretsmanager:eu-central-1:999:secret:x' }],
    ['a namespace that can be none', { ...stored, namespace: '../kube-system' }],
    ['another store', { ...stored, store: 'azure-key-vault' }],
    ['no name', { ...stored, secretId: '' }],
  ])('with %s is refused', (_, reference) => {
    expect(secretReferenceSchema.safeParse(reference).success).toBe(false);
  });

  it('carries no value, whatever is written into it', () => {
    expect(secretReferenceSchema.parse({ ...stored, value: 'hunter2' })).toEqual(stored);
  });
});
