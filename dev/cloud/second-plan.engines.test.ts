import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../contract/index.ts';
import { createProcessRunner, createTofu, type Tofu, writeCliConfig } from '../../engines/index.ts';
import { requireEngines } from '../tools/index.ts';
import { openAccount, type OpenAccount } from './testing/open-account.ts';

const engines = await requireEngines('moto', 'registry', 'tofu', 'aws-provider');
const service = (name: string) => ({
  Effect: 'Allow',
  Principal: { Service: name },
  Action: ['sts:AssumeRole', 'sts:TagSession'],
});
const installRole = 'arn:aws:iam::123456789012:role/lf-test-install';

describe.skipIf(!engines.available)('the real AWS provider against the stand-in', () => {
  let account: OpenAccount;
  let dir: string;
  let tofu: Tofu;
  beforeAll(async () => {
    account = await openAccount();
    dir = await mkdtemp(join(tmpdir(), 'lf-second-plan-'));
    for (const [name, principal] of [
      ['cluster', 'eks'],
      ['node', 'ec2'],
      ['runner', 'pods.eks'],
    ] as const) {
      await account.makeRole(`lf-test-${name}`, service(`${principal}.amazonaws.com`));
    }
    const vendor = {
      Effect: 'Allow',
      Principal: { AWS: account.cloud.people.vendorInstaller.arn },
      Action: 'sts:AssumeRole',
    };
    await account.makeRole('lf-test-install', vendor, [{ Effect: 'Allow', Action: '*', Resource: '*' }]);
    const location = { LocationConstraint: 'eu-central-1' } as const;
    await new S3Client(account.admin).send(
      new CreateBucketCommand({ Bucket: 'lf-test-state', CreateBucketConfiguration: location }),
    );
    const session = await account.assume(account.cloud.people.vendorInstaller, { RoleArn: installRole });

    const workDir = join(dir, 'work');
    await cp(join(import.meta.dirname, 'testing/small-stack'), workDir, { recursive: true });
    const cliConfigPath = join(dir, 'cli.tfrc');
    await writeCliConfig(cliConfigPath, { filesystemMirror: engines.path('aws-provider') });
    tofu = createTofu({
      binary: engines.path('tofu'),
      workDir,
      cliConfigPath,
      runProcess: createProcessRunner({ clock: systemClock }),
      env: {
        AWS_ENDPOINT_URL: account.cloud.endpoint,
        AWS_ACCESS_KEY_ID: session.accessKeyId,
        AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
        AWS_SESSION_TOKEN: session.sessionToken ?? '',
      },
    });
    await tofu.init();
  });
  afterAll(async () => {
    await account?.stop();
    if (dir !== undefined) await rm(dir, { recursive: true, force: true });
  });

  it('applies network, key, cluster, nodes, access, registry and bucket, and then plans nothing', async () => {
    const planFile = join(dir, 'plan');
    expect(await tofu.plan({ out: planFile })).toMatchObject({ changed: true });
    await tofu.apply({ planFile });
    expect(await tofu.plan({ out: planFile })).toMatchObject({ changed: false });
    expect(await tofu.output()).toMatchObject({ registry: { value: account.cloud.registry.host } });
    const calls = account.cloud.recording();
    expect(calls.filter((call) => call.denied !== undefined)).toEqual([]);
    expect(calls.find((call) => call.action === 'CreateCluster')?.principal).toMatch(/assumed-role\/lf-test-install\//);
  });
});
