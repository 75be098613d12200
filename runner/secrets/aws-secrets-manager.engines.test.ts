import { randomUUID } from 'node:crypto';
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type Statement, engines, openAccount, type OpenAccount } from '../../dev/cloud/testing/open-account.ts';
import { guardPolicies, renderForPeople, statementsOf } from '../../stacks/index.ts';
import { awsSecretsManager } from './index.ts';
import { holdsToTheStoreContract } from './testing/store-contract.ts';

const never = new AbortController().signal;
const canary = 'canary-e0d2f6c1';
const key = (n: string): string => `arn:aws:kms:eu-central-1:123456789012:key/${n}`;
const values = {
  ...{ prefix: 'lf-acme', account: '123456789012', region: 'eu-central-1', partition: 'aws', cluster: 'lf-acme' },
  ...{ install: 'acme', 'state-key': key('1'), 'cluster-key': key('2'), 'expires-at': '2030-01-31T12:00:00.000Z' },
  ...{ 'external-id': 'e'.repeat(24), 'vendor-principal': 'arn:aws:iam::999999999999:role/vendor-installer' },
  ...{ 'bootstrap-project': 'lf-acme-bootstrap', boundary: 'arn:aws:iam::123456789012:policy/lf-acme-boundary' },
};
const statementSchema = z.custom<Statement>((value) => z.object({ Effect: z.string() }).safeParse(value).success);
const rendered = (name: string, statements: Parameters<typeof renderForPeople>[1]): Statement[] =>
  z.object({ Statement: z.array(statementSchema) }).parse(JSON.parse(renderForPeople(name, statements, values)))
    .Statement;
const rights = rendered('runner', statementsOf('runner')['runner'] ?? []);
const limits = rendered('limits', guardPolicies.limits);
const everySecret: Statement = { Effect: 'Allow', Action: 'secretsmanager:*', Resource: '*' };

describe.skipIf(!engines.available)('AWS Secrets Manager, with the rights of the runner', () => {
  let account: OpenAccount;
  let admin: SecretsManagerClient;
  let roles = 0;
  /** The store as a role of this name sees it. */
  const storeAs = async (role: string, allow: Statement[]) => {
    const installer = account.cloud.people.vendorInstaller;
    const trust = { Effect: 'Allow', Principal: { AWS: installer.arn }, Action: 'sts:AssumeRole' };
    const RoleArn = await account.makeRole(role, trust, allow);
    const session = await account.assume(installer, { RoleArn });
    return awsSecretsManager(new SecretsManagerClient(account.as(session)));
  };
  const put = async (id: string, value: string): Promise<void> => {
    try {
      await admin.send(new CreateSecretCommand({ Name: id, SecretString: value }));
    } catch (error) {
      if (!(error instanceof ResourceExistsException)) throw error;
      await admin.send(new PutSecretValueCommand({ SecretId: id, SecretString: value }));
    }
  };
  let runner: ReturnType<typeof awsSecretsManager>;
  beforeAll(async () => {
    account = await openAccount();
    admin = new SecretsManagerClient(account.admin);
    runner = await storeAs('lf-acme-runner', [...rights, ...limits]);
    await put('lf-acme/token', canary);
    await put('payroll', canary);
  }, 120_000);
  afterAll(async () => {
    admin?.destroy();
    await account?.stop();
  });

  const run = randomUUID().slice(0, 8);
  holdsToTheStoreContract(() => ({
    store: runner,
    name: (of) => `lf-acme/${of}-${run}`,
    put,
    forbidden: async () => 'payroll',
    unreachable: () => {
      const nowhere = { ...account.admin, endpoint: 'http://127.0.0.1:9' };
      return awsSecretsManager(new SecretsManagerClient(nowhere));
    },
  }));

  it('gives up bytes as they are', async () => {
    const SecretBinary = Buffer.from([0, 255, 1, 254]);
    await admin.send(new CreateSecretCommand({ Name: `lf-acme/bytes-${run}`, SecretBinary }));
    const read = await runner.read(`lf-acme/bytes-${run}`, never);
    expect([...read.value]).toEqual([0, 255, 1, 254]);
  });

  const unreadable = { code: 'LF-RUNNER-202' };
  it('lets the runner read what is named after the install and nothing else, however its policies are widened', async () => {
    await expect(runner.read('payroll', never)).rejects.toMatchObject(unreadable);
    await account.setPolicy('lf-acme-runner', 'widened', [everySecret]);
    await expect(runner.read('payroll', never)).rejects.toMatchObject(unreadable);
    await account.removePolicy('lf-acme-runner', 'widened');
    expect(Buffer.from((await runner.read('lf-acme/token', never)).value).toString()).toBe(canary);
    // The twin: without the limits, the same widening would do.
    const unlimited = await storeAs(`lf-acme-other-${(roles += 1)}`, [everySecret]);
    expect(Buffer.from((await unlimited.read('payroll', never)).value).toString()).toBe(canary);
  });

  it('lets no other role of the install read even that', async () => {
    const install = await storeAs('lf-acme-install', [everySecret, ...limits]);
    await expect(install.read('lf-acme/token', never)).rejects.toMatchObject(unreadable);
    const unlimited = await storeAs(`lf-acme-other-${(roles += 1)}`, [everySecret]);
    expect(Buffer.from((await unlimited.read('lf-acme/token', never)).value).toString()).toBe(canary);
  });
});
