import { expect, it } from 'vitest';
import { awsSecretsFeature } from '../../contract/index.ts';
import { buildDesiredState } from './build-desired-state.ts';

const place = { store: 'kubernetes', namespace: 'shop', name: 'gateway', key: 'token' };
const stored = { store: 'aws-secrets-manager', secretId: 'lf-acme/token', namespace: 'shop' };

it.each([
  ['nothing', { token: place }, []],
  ['the store that a secret is in', { token: place, other: stored }, [awsSecretsFeature]],
])('a desired state says as critical %s, so that no runner misreads it', (_, secrets, expected) => {
  const wish = { install: 'acme', sequence: 1, release: null, inputs: {}, secrets, trace: 'a'.repeat(32) };
  const { document, bytes } = buildDesiredState(wish, new Date('2026-01-05T09:00:00.000Z'));
  expect(document.critical).toEqual(expected);
  expect(JSON.parse(bytes.toString()).secrets).toEqual(secrets);
});
