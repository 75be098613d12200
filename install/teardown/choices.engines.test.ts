import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateVpcCommand, CreateSubnetCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CreateClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installNames } from '../../stacks/index.ts';
import {
  engines,
  openRecordedAccount,
  type RecordedAccount,
  type RecordedInstall,
} from '../../test/permissions/recorded-account.ts';
import { withEngine } from '../stack/apply-stack.ts';
import { openClients } from './account-clients.ts';
import { readObject } from './bucket.ts';
import { planTeardown } from './plan-teardown.ts';
import { findRepositories } from './registry.ts';
import type { TeardownRequest } from './request.ts';
import { destroyInstall } from './teardown.ts';

const id = 'kept';
const theirs = 'theirs';

/** On the customer's cluster, since that takes the least time; what can be kept is the same in every mode. */
describe.skipIf(!engines.available)('a teardown with choices', () => {
  let account: RecordedAccount;
  let install: RecordedInstall;
  let request: TeardownRequest;

  beforeAll(async () => {
    account = await openRecordedAccount(undefined, {});
    await makeCluster(account);
    const decisions = { mode: 'cluster', clusterName: theirs } as const;
    install = await account.install(id, { account: decisions, base: decisions });
    await applyProduct(account);
    const { account: inputs, base } = install.inputs;
    const credentials = account.cloud.people.customerAdmin;
    request = { account: inputs, base, credentials, keep: ['registry', 'state'], product: 'keep', waitMs: 1 };
  }, 600_000);
  afterAll(() => account?.close());

  const bucket = (): string => installNames(install.place).stateBucket;
  const look = async () => {
    const admin = openClients(account.context(id), account.cloud.region, request.credentials);
    const { QueueUrls = [] } = await new SQSClient(account.admin).send(new ListQueuesCommand({}));
    const keys = await Promise.all(
      [install.values['state-key'], install.values['cluster-key']].map(async (KeyId) => {
        const { KeyMetadata } = await new KMSClient(account.admin).send(new DescribeKeyCommand({ KeyId }));
        return KeyMetadata?.KeyState;
      }),
    );
    const repositories = (await findRepositories(admin.ecr, `lf-${id}`)).map(({ name }) => name);
    const state = (await readObject(admin.s3, bucket(), 'base/terraform.tfstate')) !== undefined;
    await admin.close();
    return { queues: QueueUrls.length, keys, repositories: repositories.toSorted(), state };
  };

  it('keeps images, states and the key they need, and what the product made, and names each', async () => {
    const plan = await planTeardown(account.context(id), request);
    expect(plan.kept.map(({ kind }) => kind)).toEqual([
      'aws_sqs_queue',
      'aws_ecr_repository',
      'aws_ecr_repository',
      'bucket',
    ]);
    const receipt = await destroyInstall(account.context(id), request);
    expect(receipt.scan.found).toEqual([]);
    expect(receipt.clean).toBe(true);
    const kept = receipt.kept.map(({ kind, id: what }) => `${kind} ${what.split(/[:/]/).at(-1)}`);
    expect(kept).toEqual(
      expect.arrayContaining(['aws_sqs_queue events', 'aws_ecr_repository runner', `aws_s3_bucket ${bucket()}`]),
    );
    expect(receipt.deleted.map(({ kind }) => kind)).toContain('aws_iam_role');
    expect(receipt.notes.join()).toMatch(/cluster theirs was not reached from here/);
    expect(await look()).toEqual({
      queues: 1,
      // The states are encrypted with the first; the images with AWS's own key, so nothing kept needs the second.
      keys: ['Enabled', 'PendingDeletion'],
      repositories: [`lf-${id}/landfall/charts/runner`, `lf-${id}/landfall/runner`],
      state: true,
    });
    const copy = await readFile(join(account.context(id).workDir, 'teardown/product-states/queue.tfstate'), 'utf8');
    expect(copy).toContain('aws_sqs_queue');
  });

  it('run again without them takes the rest away, the product’s own included, without its module', async () => {
    const receipt = await destroyInstall(account.context(id), { ...request, keep: [], product: 'destroy' });
    expect(receipt.scan).toMatchObject({ found: [], notVisible: [] });
    expect(receipt.deleted.map(({ step }) => step)).toContain('product');
    expect(await look()).toEqual({
      queues: 0,
      keys: ['PendingDeletion', 'PendingDeletion'],
      repositories: [],
      state: false,
    });
  });
});

async function makeCluster(account: RecordedAccount): Promise<void> {
  const ec2 = new EC2Client(account.admin);
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.9.0.0/16' }));
  const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock: '10.9.0.0/20' }));
  const trust = { Effect: 'Allow', Principal: { Service: 'eks.amazonaws.com' }, Action: 'sts:AssumeRole' };
  await new EKSClient(account.admin).send(
    new CreateClusterCommand({
      name: theirs,
      roleArn: await account.makeRole('their-cluster', trust),
      resourcesVpcConfig: { subnetIds: [Subnet?.SubnetId ?? ''] },
      accessConfig: { authenticationMode: 'API' },
    }),
  );
}

/** As the runner leaves a Terraform component of the product: its state in the bucket, its module nowhere here. */
async function applyProduct(account: RecordedAccount): Promise<void> {
  const context = account.context(id);
  const dir = join(context.workDir, 'a-product');
  await mkdir(dir, { recursive: true });
  const { region, accountId } = account.cloud;
  const state = { bucket: `lf-${id}-${accountId}-state`, key: 'components/queue/terraform.tfstate', region };
  const configuration = {
    terraform: {
      required_providers: { aws: { source: 'registry.opentofu.org/hashicorp/aws' } },
      backend: { s3: { ...state, use_lockfile: true } },
    },
    resource: { aws_sqs_queue: { events: { name: 'events' } } },
  };
  await writeFile(join(dir, 'main.tf.json'), JSON.stringify(configuration));
  const credentials = account.cloud.people.customerAdmin;
  const run = { step: 'base', dir, region, credentials, state: { ...state, credentials } } as const;
  await withEngine(context, run, async (tofu, call) => {
    await tofu.init({}, call);
    await tofu.plan({ out: join(dir, 'plan') }, call);
    await tofu.apply({ planFile: join(dir, 'plan') }, call);
  });
}
