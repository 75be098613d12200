import {
  BatchGetImageCommand,
  ECRClient,
  PutRegistryPolicyCommand,
  SetRepositoryPolicyCommand,
} from '@aws-sdk/client-ecr';
import { CreateOpenIDConnectProviderCommand, CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateGrantCommand, EncryptCommand, KMSClient, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import { AddPermissionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetObjectCommand, PutBucketAclCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { GetSecretValueCommand, PutResourcePolicyCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PublishCommand, SNSClient, SetTopicAttributesCommand } from '@aws-sdk/client-sns';
import { SQSClient, SendMessageCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '../dev/cloud/testing/open-account.ts';
import {
  type PlantingGround,
  foundIn,
  openPlantingGround,
  opens,
  own,
  region,
  stranger,
  strangerRoot,
} from './testing/planting-ground.ts';

describe.skipIf(!engines.available)('a principal from outside, planted in the account', () => {
  let ground: PlantingGround;
  beforeAll(async () => {
    ground = await openPlantingGround();
  });
  afterAll(() => ground?.account.stop());

  const s3 = (config = ground.account.admin): S3Client => new S3Client({ ...config, forcePathStyle: true });

  it('is nowhere as long as none is planted, though every place was looked at', async () => {
    const seen = await ground.census();
    expect(foundIn(seen)).toEqual([]);
    expect(seen.places.flatMap(({ notVisible, unreadable }) => [...notVisible, ...unreadable])).toEqual([]);
    const empty = seen.places.filter(({ looked }) => looked === 0).map(({ name }) => name);
    expect(empty).toEqual(['ec2', 'ram', 'organizations']);
    expect(seen.installRole).toBe('gone');
  });

  it('is found in the trust policy of a role, and really gets in by it', async () => {
    const added = await ground.addedBy(() =>
      ground.client(IAMClient).send(
        new CreateRoleCommand({
          RoleName: 'door',
          AssumeRolePolicyDocument: opens({ AWS: strangerRoot }, 'sts:AssumeRole', undefined),
        }),
      ),
    );
    const where = `arn:aws:iam::${own}:role/door`;
    expect(added).toEqual([{ place: 'iam', principal: strangerRoot, where, via: 'trust policy' }]);
    const got = await ground.account.assume(ground.account.cloud.people.stranger, { RoleArn: where });
    expect(got.accessKeyId).not.toBe('');
    const shut = ground.account.assume(ground.account.cloud.people.stranger, {
      RoleArn: `arn:aws:iam::${own}:role/inside`,
    });
    await expect(shut).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('is found as an identity provider that a role trusts, but not as one that nobody trusts', async () => {
    const iam = ground.client(IAMClient);
    const Url = 'https://login.test/other';
    const make = new CreateOpenIDConnectProviderCommand({ Url, ClientIDList: ['x'], ThumbprintList: ['a'.repeat(40)] });
    expect(await ground.addedBy(() => iam.send(make))).toEqual([]);
    const Federated = `arn:aws:iam::${own}:oidc-provider/login.test/other`;
    const AssumeRolePolicyDocument = opens({ Federated }, 'sts:AssumeRoleWithWebIdentity', undefined);
    const added = await ground.addedBy(() =>
      iam.send(new CreateRoleCommand({ RoleName: 'web', AssumeRolePolicyDocument })),
    );
    const where = `arn:aws:iam::${own}:role/web`;
    expect(added).toEqual([{ place: 'iam', principal: Federated, where, via: 'trust policy' }]);
  });

  it('is found in the policy of a bucket', async () => {
    const where = 'arn:aws:s3:::seal-bucket';
    const Policy = opens({ AWS: strangerRoot }, 's3:GetObject', `${where}/*`);
    const added = await ground.addedBy(
      () => s3().send(new PutBucketPolicyCommand({ Bucket: 'seal-bucket', Policy })),
      (who) => s3(who).send(new GetObjectCommand({ Bucket: 'seal-bucket', Key: 'kept' })),
    );
    expect(added).toEqual([{ place: 's3', principal: strangerRoot, where, via: 'bucket policy' }]);
  });

  it('is found in the ACL of a bucket', async () => {
    const added = await ground.addedBy(() =>
      s3().send(new PutBucketAclCommand({ Bucket: 'seal-bucket', ACL: 'public-read' })),
    );
    const principal = 'http://acs.amazonaws.com/groups/global/AllUsers';
    expect(added).toEqual([{ place: 's3', principal, where: 'arn:aws:s3:::seal-bucket', via: 'ACL' }]);
  });

  it('is found in the policy of a key', async () => {
    const Policy = opens({ AWS: [own, strangerRoot] }, 'kms:*', '*');
    const added = await ground.addedBy(
      () =>
        ground
          .client(KMSClient)
          .send(new PutKeyPolicyCommand({ KeyId: ground.made.keyId, PolicyName: 'default', Policy })),
      (who) => new KMSClient(who).send(new EncryptCommand({ KeyId: ground.made.keyArn, Plaintext: Buffer.from('x') })),
    );
    expect(added).toEqual([{ place: 'kms', principal: strangerRoot, where: ground.made.keyArn, via: 'key policy' }]);
  });

  it('is found in a grant of a key', async () => {
    const GranteePrincipal = `arn:aws:iam::${stranger}:role/reader`;
    const added = await ground.addedBy(() =>
      ground
        .client(KMSClient)
        .send(new CreateGrantCommand({ KeyId: ground.made.keyId, GranteePrincipal, Operations: ['Decrypt'] })),
    );
    expect(added).toEqual([{ place: 'kms', principal: GranteePrincipal, where: ground.made.keyArn, via: 'grant' }]);
  });

  it('is found in the policy of a repository', async () => {
    const policyText = opens({ AWS: strangerRoot }, 'ecr:BatchGetImage', undefined);
    const repositoryName = 'seal/repository';
    const added = await ground.addedBy(
      () => ground.client(ECRClient).send(new SetRepositoryPolicyCommand({ repositoryName, policyText })),
      (who) => new ECRClient(who).send(new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: 'x' }] })),
    );
    const where = `arn:aws:ecr:${region}:${own}:repository/seal/repository`;
    expect(added).toEqual([{ place: 'ecr', principal: strangerRoot, where, via: 'repository policy' }]);
  });

  it('is found in the policy of the registry', async () => {
    const where = `arn:aws:ecr:${region}:${own}:registry`;
    const policyText = opens({ AWS: strangerRoot }, 'ecr:ReplicateImage', `arn:aws:ecr:${region}:${own}:repository/*`);
    const added = await ground.addedBy(() =>
      ground.client(ECRClient).send(new PutRegistryPolicyCommand({ policyText })),
    );
    expect(added).toEqual([{ place: 'ecr', principal: strangerRoot, where, via: 'registry policy' }]);
  });

  it('is found in the policy of a queue', async () => {
    const where = `arn:aws:sqs:${region}:${own}:seal-queue`;
    const Policy = opens('*', 'sqs:SendMessage', where);
    const added = await ground.addedBy(
      () =>
        ground
          .client(SQSClient)
          .send(new SetQueueAttributesCommand({ QueueUrl: ground.made.queueUrl, Attributes: { Policy } })),
      (who) => new SQSClient(who).send(new SendMessageCommand({ QueueUrl: ground.made.queueUrl, MessageBody: 'x' })),
    );
    expect(added).toEqual([{ place: 'sqs', principal: '*', where, via: 'queue policy' }]);
  });

  it('is found in the policy of a topic', async () => {
    const AttributeValue = opens({ AWS: strangerRoot }, 'sns:Publish', ground.made.topicArn);
    const added = await ground.addedBy(
      () =>
        ground
          .client(SNSClient)
          .send(
            new SetTopicAttributesCommand({ TopicArn: ground.made.topicArn, AttributeName: 'Policy', AttributeValue }),
          ),
      (who) => new SNSClient(who).send(new PublishCommand({ TopicArn: ground.made.topicArn, Message: 'x' })),
    );
    expect(added).toEqual([
      { place: 'sns', principal: strangerRoot, where: ground.made.topicArn, via: 'topic policy' },
    ]);
  });

  it('is found in the policy of a function', async () => {
    const permission = {
      FunctionName: 'seal-function',
      StatementId: 'x',
      Action: 'lambda:InvokeFunction',
      Principal: strangerRoot,
    };
    const added = await ground.addedBy(() => ground.client(LambdaClient).send(new AddPermissionCommand(permission)));
    const where = `arn:aws:lambda:${region}:${own}:function:seal-function`;
    expect(added).toEqual([
      { place: 'lambda', principal: expect.stringContaining(stranger), where, via: 'function policy' },
    ]);
  });

  it('is found in the policy of a secret', async () => {
    const ResourcePolicy = opens({ AWS: strangerRoot }, 'secretsmanager:GetSecretValue', '*');
    const added = await ground.addedBy(
      () =>
        ground
          .client(SecretsManagerClient)
          .send(new PutResourcePolicyCommand({ SecretId: ground.made.secretArn, ResourcePolicy })),
      (who) => new SecretsManagerClient(who).send(new GetSecretValueCommand({ SecretId: ground.made.secretArn })),
    );
    expect(added).toEqual([
      { place: 'secrets-manager', principal: strangerRoot, where: ground.made.secretArn, via: 'secret policy' },
    ]);
  });
});
