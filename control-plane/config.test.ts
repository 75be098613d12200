import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readConfig } from './config.ts';

const folder = mkdtempSync(join(tmpdir(), 'landfall-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const keyFile = join(folder, 'key.pem');
writeFileSync(keyFile, 'the key');
const good = {
  LANDFALL_CP_DATA: '/data',
  LANDFALL_CP_SIGNING_KEY_FILE: keyFile,
  LANDFALL_CP_ADMIN_TOKEN_SHA256: 'a'.repeat(64),
};

it('listens on loopback and keeps its data in the folder by default', () => {
  expect(readConfig(good)).toMatchObject({
    host: '127.0.0.1',
    port: 8443,
    database: { folder: '/data' },
    signingKeyPem: 'the key',
    tls: undefined,
  });
});

it('prefers a real PostgreSQL', () => {
  expect(readConfig({ ...good, DATABASE_URL: 'postgres://x' }).database).toEqual({ url: 'postgres://x' });
});

it.each([
  ['no place for the data', { LANDFALL_CP_DATA: undefined }, 'LANDFALL_CP_DATA'],
  ['a token instead of its hash', { LANDFALL_CP_ADMIN_TOKEN_SHA256: 'lf_admin_secret' }, 'ADMIN_TOKEN_SHA256'],
  ['a certificate without a key', { LANDFALL_CP_TLS_CERT_FILE: keyFile }, 'LANDFALL_CP_TLS_KEY_FILE'],
  ['a file that is not there', { LANDFALL_CP_SIGNING_KEY_FILE: join(folder, 'no') }, 'SIGNING_KEY_FILE'],
  ['a port that is none', { LANDFALL_CP_PORT: '99999' }, 'LANDFALL_CP_PORT'],
])('refuses %s, naming the variable and never its value', (_name, change, variable) => {
  expect(() => readConfig({ ...good, ...change })).toThrow(
    expect.objectContaining({ code: 'LF-CONTROL-PLANE-013', message: expect.stringContaining(variable) }),
  );
  expect(() => readConfig({ ...good, ...change })).not.toThrow(/lf_admin_secret/);
});
