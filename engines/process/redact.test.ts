import { expect, it } from 'vitest';
import { createRedactor } from './redact.ts';
import { secretsOf } from './secrets-of.ts';

it.each([
  ['as it is', 'pw=s3cr3t"quoted'],
  ['as base64', Buffer.from('s3cr3t"quoted').toString('base64')],
  ['inside JSON', JSON.stringify({ a: 's3cr3t"quoted' })],
])('hides a given secret %s', (_, text) => {
  const redacted = createRedactor(['s3cr3t"quoted'])(text);
  expect(redacted).toContain('***');
  expect(redacted).not.toContain('s3cr3t');
  expect(redacted).not.toContain(Buffer.from('s3cr3t"quoted').toString('base64'));
});

it.each([
  'Authorization: Bearer abcdefghijklmnop',
  'https://x/?X-Amz-Signature=0123456789abcdef&y=1',
  'token k8s-aws-v1.aHR0cHM6Ly9zdHM',
  'jwt eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.SflKxwRJSMeKKF2QT4',
  '-----BEGIN EC PRIVATE KEY-----\nabc\n-----END EC PRIVATE KEY-----',
])('hides what has the shape of a secret: %s', (text) => {
  expect(createRedactor()(text)).toContain('***');
});

it('leaves ordinary lines alone, and short words even when they are given as secrets', () => {
  expect(createRedactor(['true'])('wait is true; 3 replicas')).toBe('wait is true; 3 replicas');
});

it('finds the secrets of a values document by their names', () => {
  const values = {
    db: { adminPassword: 'one' },
    apiKey: 'two',
    tokens: ['three'],
    name: 'four',
    secretRef: { name: 'five' },
  };
  expect(secretsOf(values)).toEqual(['one', 'two', 'three', 'five']);
});
