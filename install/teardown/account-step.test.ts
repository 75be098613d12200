import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../contract/index.ts';
import { installAccount } from '../account.ts';
import type { InstallContext } from '../context.ts';
import { stateText } from '../testing/state-text.ts';
import { openClients } from './account-clients.ts';
import { removeAccount } from './account-step.ts';
import { openJournal } from './journal.ts';
import { destroyInstall } from './teardown.ts';

const accountId = '123456789012';
const region = 'eu-central-1';
const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'x' };
const keyArn = (id: string): string => `arn:aws:kms:${region}:${accountId}:key/${id}`;
const repositories = [
  {
    repositoryArn: `arn:aws:ecr:${region}:${accountId}:repository/lf-acme-test/app`,
    repositoryName: 'lf-acme-test/app',
    encryptionConfiguration: { encryptionType: 'KMS', kmsKey: keyArn('of-the-images') },
  },
];
const identity = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
  <Arn>arn:aws:iam::${accountId}:user/admin</Arn><UserId>x</UserId><Account>${accountId}</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>`;

describe('the account stack of acme-test, in a folder where a local state lies', () => {
  let dir: string;
  let stack: string;
  let server: Server;
  let context: InstallContext;
  const asked: string[] = [];
  const noEngine = (): Promise<string> => Promise.reject(new Error('no engine here'));
  let engine: (args: readonly string[]) => Promise<string>;
  beforeEach(async () => {
    asked.length = 0;
    engine = noEngine;
    dir = await mkdtemp(join(tmpdir(), 'lf-account-step-'));
    stack = join(dir, 'work', 'account', 'stacks', 'account');
    await mkdir(stack, { recursive: true });
    await mkdir(join(dir, 'module'));
    await writeFile(join(dir, 'module', 'cdk.tf.json'), '{}');
    // Who the credentials are, and a repository; no bucket holds a state.
    server = createServer((request, response) => {
      if (request.headers['x-amz-target']?.toString().endsWith('.DescribeRepositories')) {
        return response.setHeader('content-type', 'application/x-amz-json-1.1').end(JSON.stringify({ repositories }));
      }
      if (request.method === 'POST') return response.setHeader('content-type', 'text/xml').end(identity);
      response.statusCode = 404;
      return response.end(request.method === 'HEAD' ? '' : '<Error><Code>NoSuchBucket</Code></Error>');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    context = {
      clock: systemClock,
      runProcess: async ({ args }) => {
        asked.push(args[0] ?? '');
        const stdout = await engine(args);
        return { exitCode: 0, stdout, tail: [], durationMs: 0 };
      },
      say: () => undefined,
      engines: { tofu: '/nowhere/tofu', helm: '' },
      workDir: join(dir, 'work'),
      modules: { account: join(dir, 'module') },
      awsEndpointUrl: `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`,
    };
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await rm(dir, { recursive: true, force: true });
  });

  const inputs = {
    installId: 'acme-test',
    accountId,
    region,
    installPrincipal: { kind: 'codebuild', project: 'landfall-bootstrap' } as const,
    installExpiresAt: '2090-01-01T00:00:00Z',
  };
  const remove = async (): Promise<void> => {
    const admin = openClients(context, region, credentials);
    const journal = await openJournal(join(dir, 'journal.jsonl'), systemClock, { by: 'admin', install: 'acme-test' });
    const request = { account: inputs, base: { ...inputs }, credentials, keep: [], product: 'keep' as const };
    try {
      await removeAccount({ context, journal, request, admin, keepKeys: [] });
    } finally {
      await admin.close();
    }
  };
  const apply = (): Promise<unknown> => installAccount(context, { inputs, credentials });

  it.each([
    ['destroyed', remove],
    ['applied', apply],
  ])('is not %s by the state of acme-prod, which stays as it is', async (_, act) => {
    const state = stateText({ installId: 'acme-prod', accountId });
    await writeFile(join(stack, 'terraform.tfstate'), state);
    await expect(act()).rejects.toMatchObject({
      code: 'LF-INSTALL-013',
      message: expect.stringMatching(/terraform\.tfstate holds things of another install, .* install acme-test/),
    });
    expect(asked).toEqual([]);
    expect(await readFile(join(stack, 'terraform.tfstate'), 'utf8')).toBe(state);
  });

  it.each([
    ['stays with the registry that is kept', ['registry'] as const, ['-target=aws_kms_key.state']],
    ['goes when nothing is kept', [], []],
  ])('a key of images %s, also in a run that finds no base stack any more', async (_, keep, targets) => {
    const key = (name: string, id: string): object => ({
      mode: 'managed',
      type: 'aws_kms_key',
      name,
      instances: [{ attributes: { arn: keyArn(id), tags_all: { 'landfall:install': 'acme-test' } } }],
    });
    const resources = [key('cluster', 'of-the-images'), key('state', 'of-the-states')];
    const state = JSON.stringify({ version: 4, serial: 1, lineage: 'l', resources });
    await writeFile(join(stack, 'terraform.tfstate'), state);
    let planned: string[] | undefined;
    engine = async (args) => {
      if (args[0] === 'state') return state;
      if (args[0] !== 'plan') return '';
      planned = args.filter((arg) => arg.startsWith('-target='));
      return noEngine();
    };
    const request = { account: inputs, base: inputs, credentials, keep, product: 'keep' as const };
    await expect(destroyInstall(context, request)).rejects.toThrow('no engine here');
    expect(planned).toEqual(targets);
  });

  it('is applied while the state is still empty: an apply that goes on has not written it yet', async () => {
    await writeFile(join(stack, 'terraform.tfstate'), '');
    await expect(apply()).rejects.toThrow('no engine here');
  });

  it.each([
    ['destroyed', remove],
    ['applied', apply],
  ])('is %s by its own', async (_, act) => {
    await writeFile(join(stack, 'terraform.tfstate'), stateText({ installId: 'acme-test', accountId }));
    await expect(act()).rejects.toThrow('no engine here');
    expect(asked).toEqual(['init']);
  });
});
