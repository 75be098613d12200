import { createServer, type Server } from 'node:http';
import { CreateVpcCommand, DescribeVpcsCommand } from '@aws-sdk/client-ec2';
import { CreateClusterCommand, DeleteClusterCommand, ListClustersCommand } from '@aws-sdk/client-eks';
import { CreateRoleCommand, GetRoleCommand } from '@aws-sdk/client-iam';
import { CreateKeyCommand, ListAliasesCommand } from '@aws-sdk/client-kms';
import { CreateBucketCommand, DeleteBucketCommand, HeadBucketCommand } from '@aws-sdk/client-s3';
import { GetServiceQuotaCommand, RequestServiceQuotaIncreaseCommand } from '@aws-sdk/client-service-quotas';
import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { Agent } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReadOnlyAws, type ReadOnlyAws } from './clients.ts';
import { createSlots } from './slots.ts';

describe('the only way from preflight to AWS', () => {
  let server: Server;
  let received: string[] = [];
  const dispatcher = new Agent();
  let aws: ReadOnlyAws;

  beforeAll(async () => {
    server = createServer((request, response) => {
      received.push(`${request.method} ${request.url}`);
      request.resume();
      response.writeHead(404, { 'content-type': 'text/plain' }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    aws = createReadOnlyAws({
      region: 'eu-central-1',
      credentials: { accessKeyId: 'AKIA', secretAccessKey: 'secret' },
      awsEndpointUrl: `http://127.0.0.1:${port}`,
      dispatcher,
      concurrency: 4,
    });
  });
  afterAll(async () => {
    await dispatcher.destroy();
    server.close();
  });

  const RoleName = 'x';
  const Bucket = 'bucket';
  const quota = { ServiceCode: 'vpc', QuotaCode: 'L-1' };
  const AssumeRolePolicyDocument = '{}';
  const roleArn = 'arn:aws:iam::123456789012:role/x';
  const cluster = { name: 'x', roleArn, resourcesVpcConfig: {} };

  it.each<[string, (aws: ReadOnlyAws) => Promise<unknown>]>([
    ['ec2:CreateVpc', ({ ec2 }) => ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }))],
    ['eks:CreateCluster', ({ eks }) => eks.send(new CreateClusterCommand(cluster))],
    ['eks:DeleteCluster', ({ eks }) => eks.send(new DeleteClusterCommand({ name: 'x' }))],
    ['iam:CreateRole', ({ iam }) => iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))],
    ['kms:CreateKey', ({ kms }) => kms.send(new CreateKeyCommand({}))],
    ['s3:CreateBucket', ({ s3 }) => s3.send(new CreateBucketCommand({ Bucket }))],
    ['s3:DeleteBucket', ({ s3 }) => s3.send(new DeleteBucketCommand({ Bucket }))],
    ['sts:AssumeRole', ({ sts }) => sts.send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'x' }))],
    [
      'servicequotas:RequestServiceQuotaIncrease',
      ({ quotas }) => quotas.send(new RequestServiceQuotaIncreaseCommand({ ...quota, DesiredValue: 1 })),
    ],
  ])('stops %s before it leaves', async (_, write) => {
    received = [];
    const before = new Map(aws.calls);
    await expect(write(aws)).rejects.toMatchObject({ code: 'LF-PREFLIGHT-002' });
    expect([received, aws.calls]).toEqual([[], before]);
  });

  it.each<[string, (aws: ReadOnlyAws) => Promise<unknown>]>([
    ['ec2:DescribeVpcs', ({ ec2 }) => ec2.send(new DescribeVpcsCommand({}))],
    ['eks:ListClusters', ({ eks }) => eks.send(new ListClustersCommand({}))],
    ['iam:GetRole', ({ iam }) => iam.send(new GetRoleCommand({ RoleName }))],
    ['kms:ListAliases', ({ kms }) => kms.send(new ListAliasesCommand({}))],
    ['s3:HeadBucket', ({ s3 }) => s3.send(new HeadBucketCommand({ Bucket }))],
    ['sts:GetCallerIdentity', ({ sts }) => sts.send(new GetCallerIdentityCommand({}))],
    ['servicequotas:GetServiceQuota', ({ quotas }) => quotas.send(new GetServiceQuotaCommand(quota))],
    ['logs:DescribeLogGroups', ({ logs }) => logs.groups('x')],
  ])('lets %s go, and counts it by what is on the wire', async (call, read) => {
    received = [];
    await expect(read(aws)).rejects.not.toMatchObject({ code: 'LF-PREFLIGHT-002' });
    expect(received).toHaveLength(1);
    expect(aws.calls.get(call)).toBe(1);
  });
});

describe('slots', () => {
  it('let as many go as they are, and the next when one ends', async () => {
    const slots = createSlots(2);
    const ends: (() => void)[] = [];
    let most = 0;
    let now = 0;
    const work = (): Promise<void> =>
      slots(async () => {
        now += 1;
        most = Math.max(most, now);
        await new Promise<void>((resolve) => ends.push(resolve));
        now -= 1;
      });
    const all = Promise.all(Array.from({ length: 5 }, work));
    for (let ended = 0; ended < 5; ended++) {
      await expect.poll(() => ends.length).toBeGreaterThan(ended);
      ends[ended]?.();
    }
    await all;
    expect([most, now]).toEqual([2, 0]);
  });

  it('are given back by work that fails', async () => {
    const slots = createSlots(1);
    await expect(slots(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await slots(() => Promise.resolve('next'))).toBe('next');
  });
});
