import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { systemClock } from '../../contract/index.ts';
import { engines, openAccount, type OpenAccount } from '../../dev/cloud/testing/open-account.ts';
import { createGroupGuard, createProcessRunner, type ProcessResult } from '../../engines/index.ts';

const root = join(import.meta.dirname, '..', '..');

describe.skipIf(!engines.available)('landfall install preflight', () => {
  const guard = createGroupGuard();
  const runProcess = createProcessRunner({ clock: systemClock, guard });
  let account: OpenAccount;
  let dir: string;
  beforeAll(async () => {
    account = await openAccount();
    dir = await mkdtemp(join(tmpdir(), 'lf-cli-preflight-'));
    const keys = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' });
    await writeFile(join(dir, 'key.pem'), keys);
    await writeFile(join(dir, 'ca.pem'), account.caPem);
  });
  afterAll(async () => {
    guard.stop();
    await account?.stop();
    if (dir !== undefined) await rm(dir, { recursive: true, force: true });
  });

  const digest = `sha256:${'0'.repeat(64)}`;
  const run = async (args: string[], more: object = {}, env: Record<string, string> = {}): Promise<ProcessResult> => {
    const { accountId, region, endpoint, people, registry } = account.cloud;
    const file = {
      install: 'acme',
      product: 'streaming',
      account: accountId,
      region,
      access: {
        principal: 'arn:aws:iam::999999999999:role/landfall-installer',
        externalId: 'a-random-external-id-0123456789',
        expiresAt: new Date(Date.now() + 86_400_000).toISOString(),
      },
      // Somebody who answers.
      controlPlane: { url: endpoint },
      vendorRegistry: { host: registry.host, caFile: 'ca.pem' },
      runner: {
        image: { repository: 'landfall/runner', digest },
        chart: { repository: 'landfall/charts/runner', digest },
      },
      trust: { releaseKeyFiles: ['key.pem'], desiredStateKeyFiles: ['key.pem'] },
      ...more,
    };
    const path = join(dir, 'install.yaml');
    await writeFile(path, stringify(file));
    return runProcess({
      command: process.execPath,
      args: ['--import', 'tsx', join(root, 'cli', 'main.ts'), 'install', 'preflight', '--file', path, ...args],
      cwd: root,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: dir,
        AWS_ENDPOINT_URL: endpoint,
        AWS_ACCESS_KEY_ID: people.customerAdmin.accessKeyId,
        AWS_SECRET_ACCESS_KEY: people.customerAdmin.secretAccessKey,
        ...env,
      },
      deadlineMs: 120_000,
      captureStdoutBytes: 1_000_000,
    });
  };

  it('prints a table and a price, and ends with 0', async () => {
    const result = await run([]);
    expect(result.stdout).toContain('ok        Account of the credentials');
    expect(result.stdout).toMatch(/Price of a month in eu-central-1, USD\. A forecast, not a bill/);
    expect(result.stdout).toMatch(/\d+ calls to AWS, all of them reads/);
    expect(result.exitCode).toBe(0);
  });

  it('prints JSON with every check and line item, and ends with 1 when something fails', async () => {
    const result = await run(['--json', '--assume', 'natGb=1000'], { base: { kubernetesVersion: '1.99' } });
    expect(result.exitCode).toBe(1);
    const report: unknown = JSON.parse(result.stdout);
    expect(report).toMatchObject({
      checks: expect.arrayContaining([expect.objectContaining({ id: 'kubernetes-version', status: 'fail' })]),
      forecast: {
        assumptions: { natGb: 1000 },
        items: expect.arrayContaining([
          { name: 'NAT data', quantity: 1000, unit: 'GB', unitPrice: 0.052, monthly: 52 },
        ]),
      },
      apiCalls: { total: expect.any(Number) },
    });
  });

  it('ends with 2 when nothing fails, but not all can be seen', async () => {
    const { customerAdmin } = account.cloud.people;
    const trust = { Effect: 'Allow', Principal: { AWS: customerAdmin.arn }, Action: 'sts:AssumeRole' };
    const blind = await account.assume(customerAdmin, { RoleArn: await account.makeRole('blind', trust) });
    const result = await run(
      [],
      {},
      {
        AWS_ACCESS_KEY_ID: blind.accessKeyId,
        AWS_SECRET_ACCESS_KEY: blind.secretAccessKey,
        AWS_SESSION_TOKEN: blind.sessionToken ?? '',
      },
    );
    expect(result.stdout).toContain('not seen');
    expect(result.exitCode).toBe(2);
  });

  it('takes no registry for the vendor’s whose certificate nobody vouches for', async () => {
    const result = await run(['--json'], { vendorRegistry: { host: account.cloud.registry.host } });
    const report: unknown = JSON.parse(result.stdout);
    expect(report).toMatchObject({
      checks: expect.arrayContaining([expect.objectContaining({ id: 'vendor-registry', status: 'fail' })]),
    });
    expect(result.exitCode).toBe(1);
  });

  it('says which assumption it does not know', async () => {
    const result = await run(['--assume', 'nat=1']);
    expect(result.tail.join('\n')).toContain('LF-PREFLIGHT-001: nat=1: expected name=number');
    expect(result.exitCode).toBe(1);
  });
});
