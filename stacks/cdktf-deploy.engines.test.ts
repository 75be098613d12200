import { appendFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { GetBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../contract/index.ts';
import { type Cloud, startCloud } from '../dev/cloud/index.ts';
import { readDevConfig } from '../dev/config.ts';
import { requireEngines } from '../dev/tools/index.ts';
import { createAuthority } from '../dev/world/index.ts';
import {
  createGroupGuard,
  createProcessRunner,
  createTofu,
  type ProcessResult,
  writeCliConfig,
} from '../engines/index.ts';
import { sampleInputs } from './testing/sample-inputs.ts';

const root = join(import.meta.dirname, '..');
const guard = createGroupGuard();
const runProcess = createProcessRunner({ clock: systemClock, guard });
const engines = await requireEngines('moto', 'registry', 'aws-provider', 'tofu');
const terraform = await terraformVersion();
if (terraform === undefined) {
  const file = readDevConfig().skippedSuitesFile;
  const reason =
    'terraform is not in PATH, and cdktf-cli runs nothing else: https://developer.hashicorp.com/terraform/install';
  if (file !== undefined) appendFileSync(file, `stacks/cdktf-deploy.engines.test.ts\t${reason}\n`);
}

/** cdktf-cli 0.21 recognises `Terraform v...` alone: OpenTofu cannot stand in for it here. */
async function terraformVersion(): Promise<string | undefined> {
  const env = { PATH: process.env['PATH'] ?? '', CHECKPOINT_DISABLE: '1', TF_CLI_CONFIG_FILE: '/dev/null' };
  const request = { command: 'terraform', args: ['version'], env, deadlineMs: 30_000, captureStdoutBytes: 10_000 };
  const result = await runProcess(request).catch(() => undefined);
  return /^Terraform (v\S+)/.exec(result?.stdout ?? '')?.[1];
}

describe.skipIf(!engines.available || terraform === undefined)('cdktf deploy', () => {
  let dir: string;
  let cloud: Cloud;
  let deployed: ProcessResult;
  let env: Record<string, string>;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lf-cdktf-'));
    cloud = await startCloud({
      dir: join(dir, 'cloud'),
      address: '127.0.0.1',
      say: () => undefined,
      ca: await createAuthority(join(dir, 'ca')),
      motoServerPath: engines.path('moto'),
      registryPath: engines.path('registry'),
    });
    const cliConfigPath = join(dir, 'terraform.rc');
    await writeCliConfig(cliConfigPath, { filesystemMirror: engines.path('aws-provider') });
    const inputs = { ...sampleInputs.account, accountId: cloud.accountId };
    await writeFile(join(dir, 'stacks.json'), JSON.stringify({ backend: 'local', account: inputs }));
    const { accessKeyId, secretAccessKey } = cloud.people.customerAdmin;
    env = {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_ENDPOINT_URL: cloud.endpoint,
      AWS_EC2_METADATA_DISABLED: 'true',
    };
    deployed = await runProcess({
      command: join(root, 'node_modules', '.bin', 'cdktf'),
      // The lock of providers would be asked for at their registry; the mirror is all there is here.
      args: ['deploy', 'account', '--auto-approve', '--skip-provider-lock', '--output', join(dir, 'out')],
      cwd: root,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: dir,
        CI: '1',
        CHECKPOINT_DISABLE: '1',
        TF_CLI_CONFIG_FILE: cliConfigPath,
        LANDFALL_STACKS: join(dir, 'stacks.json'),
        ...env,
      },
      deadlineMs: 240_000,
    });
  });
  afterAll(async () => {
    guard.stop();
    await cloud?.stop();
    if (dir !== undefined) await rm(dir, { recursive: true, force: true });
  });

  it('applies the account stack with cdktf-cli and Terraform', async () => {
    if (deployed.exitCode !== 0) throw new Error(deployed.tail.join('\n'));
    const options = { region: cloud.region, endpoint: cloud.endpoint, credentials: cloud.people.customerAdmin };
    const role = await new IAMClient(options).send(new GetRoleCommand({ RoleName: 'lf-acme-install' }));
    expect(decodeURIComponent(role.Role?.AssumeRolePolicyDocument ?? '')).toContain('a-random-external-id');
    const Bucket = `lf-acme-${cloud.accountId}-state`;
    const versioning = await new S3Client(options).send(new GetBucketVersioningCommand({ Bucket }));
    expect(versioning.Status).toBe('Enabled');
  });

  it('leaves a state in which OpenTofu, too, finds nothing to change', async () => {
    const workDir = join(dir, 'out', 'stacks', 'account');
    expect(await readdir(workDir)).toContain('terraform.tfstate');
    const cliConfigPath = join(dir, 'terraform.rc');
    const tofu = createTofu({ binary: engines.path('tofu'), workDir, cliConfigPath, env, runProcess });
    await tofu.init();
    const plan = await tofu.plan({ out: join(dir, 'plan') });
    expect(plan.changed).toBe(false);
  });
});
