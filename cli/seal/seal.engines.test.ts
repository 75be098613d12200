import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateKeyPair } from '../../contract/index.ts';
import type { Credentials } from '../../dev/cloud/index.ts';
import { type OpenAccount, engines, openAccount } from '../../dev/cloud/testing/open-account.ts';

const root = join(import.meta.dirname, '../..');
const own = '123456789012';
const stranger = '777777777777';

describe.skipIf(!engines.available)('npm run landfall -- seal', () => {
  let account: OpenAccount;
  let dir: string;
  beforeAll(async () => {
    account = await openAccount();
    dir = mkdtempSync(join(tmpdir(), 'landfall-seal-'));
  });
  afterAll(async () => {
    await account?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  type Ran = { code: number; out: string; said: string };
  const landfall = (args: string[], who: Credentials = account.cloud.people.customerAdmin): Promise<Ran> => {
    const env = {
      PATH: process.env['PATH'],
      HOME: dir,
      AWS_ENDPOINT_URL: account.cloud.endpoint,
      AWS_ACCESS_KEY_ID: who.accessKeyId,
      AWS_SECRET_ACCESS_KEY: who.secretAccessKey,
      AWS_SESSION_TOKEN: who.sessionToken ?? '',
    };
    const command = [join(root, 'node_modules/tsx/dist/cli.mjs'), join(root, 'cli/main.ts'), ...args];
    return new Promise((resolve) => {
      execFile(process.execPath, command, { cwd: dir, env }, (error, out, said) => {
        resolve({ code: error === null ? 0 : Number(error.code), out, said });
      });
    });
  };
  const seal = (...args: string[]) => landfall(['seal', '--account', own, '--region', 'eu-central-1', ...args]);

  it('says sealed with exit code 0 when nobody from outside can enter', async () => {
    const { code, out, said } = await seal();
    expect({ code, said }).toEqual({ code: 0, said: '' });
    expect(out).toMatch(/^SEALED {2}account 123456789012/);
  });

  it('signs what it saw, and verify believes that key alone', async () => {
    const [signer, other] = [generateKeyPair(), generateKeyPair()];
    writeFileSync(join(dir, 'key.pem'), signer.privateKeyPem);
    writeFileSync(join(dir, 'pub.pem'), signer.publicKeyPem);
    writeFileSync(join(dir, 'other.pem'), other.publicKeyPem);
    expect((await seal('--key', 'key.pem', '--out', 'seal.json')).code).toBe(0);
    const verified = await landfall(['seal', 'verify', '--file', 'seal.json', '--key', 'pub.pem', '--json']);
    expect(verified).toMatchObject({ code: 0, said: '' });
    expect(JSON.parse(verified.out)).toMatchObject({ kind: 'Seal', verdict: 'sealed', account: own });
    const refused = await landfall(['seal', 'verify', '--file', 'seal.json', '--key', 'other.pem']);
    expect(refused).toMatchObject({ code: 1, said: expect.stringContaining('LF-SEAL-002') });
    const foreign = await landfall(['seal', 'verify', '--file', 'seal.json', '--key', 'pub.pem', '--of', 'acme']);
    expect(foreign.said).toContain('not of acme');
  });

  it('names who can enter and where, with exit code 1, until the customer says that he knows them', async () => {
    const trust = { Effect: 'Allow', Principal: { AWS: stranger }, Action: 'sts:AssumeRole' };
    const where = await account.makeRole('door', trust);
    const open = await seal();
    expect(open.code).toBe(1);
    expect(open.out).toContain(`OUTSIDE  ${stranger} (aws)\n         enters ${where} (iam) by its trust policy`);
    expect((await seal('--known', `${stranger}@${where}`)).code).toBe(0);
    expect((await seal('--known', `${stranger}@${where}-other`)).code).toBe(1);
  });

  it('does not call an account sealed of which it could not see everything: exit code 2', async () => {
    await account.makeRole('half-blind', { Effect: 'Allow', Principal: { AWS: own }, Action: 'sts:AssumeRole' }, [
      { Effect: 'Allow', Action: '*', Resource: '*' },
      { Effect: 'Deny', Action: 'kms:ListKeys', Resource: '*' },
    ]);
    const session = await account.assume(account.cloud.people.customerAdmin, {
      RoleArn: `arn:aws:iam::${own}:role/half-blind`,
    });
    const known = ['--known', stranger];
    const blind = await landfall(['seal', '--account', own, '--region', 'eu-central-1', ...known], session);
    expect(blind.code).toBe(2);
    expect(blind.out).toMatch(/NOT SEEN kms: keys in eu-central-1: AccessDenied/);
  });

  it('is refused for another account than the credentials are of', async () => {
    const { code, said } = await landfall(['seal', '--account', stranger, '--region', 'eu-central-1']);
    expect({ code, said }).toEqual({ code: 1, said: expect.stringContaining('LF-SEAL-003') });
  });
});
