import { expect, it } from 'vitest';
import { awsSecretsFeature, type JsonObject } from '../../contract/index.ts';
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

const deep = (levels: number): JsonObject => (levels === 1 ? {} : { x: deep(levels - 1) });
it.each<[string, JsonObject, string | null]>([
  ['as deep as a runner reads is', deep(31), null],
  ['deeper than a runner reads is not', deep(32), 'LF-CONTRACT-002'],
  ['larger than a runner reads is not', { x: 'x'.repeat(512 * 1024) }, 'LF-CONTRACT-001'],
])('a desired state %s signed', (_, inputs, code) => {
  const wish = { install: 'acme', sequence: 1, release: null, inputs, secrets: {}, trace: 'a'.repeat(32) };
  const build = () => buildDesiredState(wish, new Date('2026-01-05T09:00:00.000Z'));
  if (code === null) expect(build).not.toThrow();
  else expect(build).toThrow(expect.objectContaining({ code }));
});
