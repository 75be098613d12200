import { Sha256 } from '@aws-crypto/sha256-js';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { CreateAddonCommand, CreateClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { CreatePolicyCommand, CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateAliasCommand, CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateBucketCommand, PutBucketTaggingCommand, S3Client } from '@aws-sdk/client-s3';
import { SignatureV4 } from '@smithy/signature-v4';
import type { OpenAccount } from '../../../dev/cloud/testing/open-account.ts';
import { installNames } from '../../../stacks/index.ts';

export type HalfAnInstall = { keyArn: string; boundaryArn: string };

/** One thing of every kind that preflight looks for, as an interrupted run of the install leaves it; and a key and a boundary to give. */
export async function makeHalfAnInstall(
  account: OpenAccount,
  installId: string,
  subnetIds: string[],
): Promise<HalfAnInstall> {
  const { accountId, region } = account.cloud;
  const names = installNames({ installId, accountId, region });
  const Tags = [{ Key: 'landfall:install', Value: installId }];
  const tags = { 'landfall:install': installId };
  const iam = new IAMClient(account.admin);
  const trust = { Effect: 'Allow', Principal: { Service: 'eks.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
  await iam.send(new CreateRoleCommand({ RoleName: names.roles.cluster.name, AssumeRolePolicyDocument, Tags }));
  const deny = [{ Effect: 'Deny', Action: '*', Resource: '*' }];
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: deny });
  await iam.send(new CreatePolicyCommand({ PolicyName: `${names.prefix}-boundary`, PolicyDocument, Tags }));
  const given = await iam.send(new CreatePolicyCommand({ PolicyName: 'theirs', PolicyDocument }));
  const kms = new KMSClient(account.admin);
  const key = await kms.send(new CreateKeyCommand({ Tags: [{ TagKey: 'landfall:install', TagValue: installId }] }));
  const TargetKeyId = key.KeyMetadata?.KeyId;
  await kms.send(new CreateAliasCommand({ AliasName: names.keyAliases.state, TargetKeyId }));
  const repositoryName = `${names.prefix}/landfall/runner`;
  await new ECRClient(account.admin).send(new CreateRepositoryCommand({ repositoryName, tags: Tags }));
  const s3 = new S3Client(account.admin);
  const Bucket = names.stateBucket;
  const CreateBucketConfiguration = { LocationConstraint: 'eu-central-1' } as const;
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
  await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: Tags } }));
  const eks = new EKSClient(account.admin);
  await eks.send(
    new CreateClusterCommand({
      name: names.cluster,
      roleArn: names.roles.cluster.arn,
      resourcesVpcConfig: { subnetIds },
      accessConfig: { authenticationMode: 'API' },
      tags,
    }),
  );
  await eks.send(new CreateAddonCommand({ clusterName: names.cluster, addonName: 'eks-pod-identity-agent' }));
  await makeLogGroup(account, names.logGroup, tags);
  return { keyArn: key.KeyMetadata?.Arn ?? '', boundaryArn: given.Policy?.Arn ?? '' };
}

/** By the protocol: the client of CloudWatch Logs is not among the dependencies. */
async function makeLogGroup(account: OpenAccount, logGroupName: string, tags: Record<string, string>): Promise<void> {
  const { endpoint, region, people } = account.cloud;
  const url = new URL(endpoint);
  const signer = new SignatureV4({ credentials: people.customerAdmin, region, service: 'logs', sha256: Sha256 });
  const body = JSON.stringify({ logGroupName, tags });
  const signed = await signer.sign({
    method: 'POST',
    protocol: 'http:',
    hostname: url.hostname,
    path: '/',
    query: {},
    headers: {
      host: url.host,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'Logs_20140328.CreateLogGroup',
    },
    body,
  });
  const answer = await fetch(url, { method: 'POST', headers: signed.headers, body });
  if (!answer.ok) throw new Error(`CreateLogGroup: ${answer.status} ${await answer.text()}`);
}
