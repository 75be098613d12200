import {
  ECRClient,
  BatchGetImageCommand,
  CreateRepositoryCommand,
  SetRepositoryPolicyCommand,
} from '@aws-sdk/client-ecr';
import {
  CreateKeyCommand,
  DescribeKeyCommand,
  EncryptCommand,
  KMSClient,
  PutKeyPolicyCommand,
} from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutResourcePolicyCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { CreateTopicCommand, PublishCommand, SetTopicAttributesCommand, SNSClient } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SendMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClientConfig, engines, openAccount, type OpenAccount } from './testing/open-account.ts';

const stranger = 'arn:aws:iam::777777777777:user/stranger';
const letIn = (Action: string, Resource = '*', more: object = {}) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: stranger }, Action, Resource, ...more }],
  });
const root = { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::123456789012:root' }, Action: 'kms:*', Resource: '*' };

type Place = {
  place: string;
  /** Makes the thing as the administrator and returns how to open it to the stranger, and what the stranger then tries. */
  make: (
    admin: ClientConfig,
  ) => Promise<{ open: () => Promise<unknown>; enter: (stranger: ClientConfig) => Promise<unknown> }>;
};

const s3 = (config: ClientConfig) => new S3Client({ ...config, forcePathStyle: true });

const places: Place[] = [
  {
    place: 'a bucket',
    async make(admin) {
      const Bucket = 'planted';
      const location = { LocationConstraint: 'eu-central-1' } as const;
      await s3(admin).send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: location }));
      await s3(admin).send(new PutObjectCommand({ Bucket, Key: 'a/b', Body: 'secret' }));
      const Policy = letIn('s3:GetObject', 'arn:aws:s3:::planted/*');
      return {
        open: () => s3(admin).send(new PutBucketPolicyCommand({ Bucket, Policy })),
        enter: (who) => s3(who).send(new GetObjectCommand({ Bucket, Key: 'a/b' })),
      };
    },
  },
  {
    place: 'a key',
    async make(admin) {
      const { KeyMetadata } = await new KMSClient(admin).send(new CreateKeyCommand({}));
      const KeyId = KeyMetadata?.Arn ?? '';
      const entry = { Effect: 'Allow', Principal: { AWS: stranger }, Action: 'kms:Encrypt', Resource: '*' };
      const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [root, entry] });
      return {
        open: () => new KMSClient(admin).send(new PutKeyPolicyCommand({ KeyId, Policy })),
        enter: (who) => new KMSClient(who).send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') })),
      };
    },
  },
  {
    place: 'a repository',
    async make(admin) {
      const repositoryName = 'planted/a';
      await new ECRClient(admin).send(new CreateRepositoryCommand({ repositoryName }));
      const entry = { Effect: 'Allow', Principal: { AWS: stranger }, Action: 'ecr:BatchGetImage' };
      const policyText = JSON.stringify({ Version: '2012-10-17', Statement: [entry] });
      return {
        open: () => new ECRClient(admin).send(new SetRepositoryPolicyCommand({ repositoryName, policyText })),
        enter: (who) =>
          new ECRClient(who).send(new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: 'x' }] })),
      };
    },
  },
  {
    place: 'a queue',
    async make(admin) {
      const { QueueUrl } = await new SQSClient(admin).send(new CreateQueueCommand({ QueueName: 'planted' }));
      const Policy = letIn('sqs:SendMessage');
      return {
        open: () => new SQSClient(admin).send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } })),
        enter: (who) => new SQSClient(who).send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' })),
      };
    },
  },
  {
    place: 'a topic',
    async make(admin) {
      const { TopicArn } = await new SNSClient(admin).send(new CreateTopicCommand({ Name: 'planted' }));
      const set = { TopicArn, AttributeName: 'Policy', AttributeValue: letIn('sns:Publish') };
      return {
        open: () => new SNSClient(admin).send(new SetTopicAttributesCommand(set)),
        enter: (who) => new SNSClient(who).send(new PublishCommand({ TopicArn, Message: 'x' })),
      };
    },
  },
  {
    place: 'a secret',
    async make(admin) {
      const client = new SecretsManagerClient(admin);
      const { ARN: SecretId } = await client.send(new CreateSecretCommand({ Name: 'planted', SecretString: 'x' }));
      const ResourcePolicy = letIn('secretsmanager:GetSecretValue');
      return {
        open: () => client.send(new PutResourcePolicyCommand({ SecretId, ResourcePolicy })),
        enter: (who) => new SecretsManagerClient(who).send(new GetSecretValueCommand({ SecretId })),
      };
    },
  },
];

const outcome = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => 'let in',
    (error: Error) => (/another account/.test(error.message) ? 'refused' : error.message),
  );

describe.skipIf(!engines.available)('somebody of another account', () => {
  let account: OpenAccount;
  beforeAll(async () => {
    account = await openAccount();
  });
  afterAll(() => account?.stop());

  it.each(places)('comes to $place as soon as its policy says so, and not before', async ({ make }) => {
    const who = account.as(account.cloud.people.stranger);
    const { open, enter } = await make(account.admin);
    expect(await outcome(enter(who))).toBe('refused');
    await open();
    expect(await outcome(enter(who))).toBe('let in');
  });

  it('needs the statement’s conditions to hold', async () => {
    const Bucket = 'conditional';
    const location = { LocationConstraint: 'eu-central-1' } as const;
    await s3(account.admin).send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: location }));
    await s3(account.admin).send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }));
    const Condition = { StringEquals: { 'aws:PrincipalAccount': '123456789012' } };
    const Policy = letIn('s3:GetObject', 'arn:aws:s3:::conditional/*', { Principal: '*', Condition });
    await s3(account.admin).send(new PutBucketPolicyCommand({ Bucket, Policy }));
    const read = s3(account.as(account.cloud.people.stranger)).send(new GetObjectCommand({ Bucket, Key: 'a' }));
    expect(await outcome(read)).toBe('refused');
  });
});

describe.skipIf(!engines.available).each([
  { name: 'with its guards', guards: {}, refuses: true },
  { name: 'with the guard of resource policies off', guards: { resourcePolicies: false }, refuses: false },
])('a key that does not hand its use to the account, $name', ({ guards, refuses }) => {
  let account: OpenAccount;
  beforeAll(async () => {
    account = await openAccount(guards);
  });
  afterAll(() => account?.stop());

  it('is closed to a role whose own policies allow everything', async () => {
    const { KeyMetadata } = await new KMSClient(account.admin).send(new CreateKeyCommand({}));
    const KeyId = KeyMetadata?.Arn ?? '';
    const Policy = letIn('kms:DescribeKey');
    await new KMSClient(account.admin).send(new PutKeyPolicyCommand({ KeyId, Policy }));
    const people = account.cloud.people;
    const trust = { Effect: 'Allow', Principal: { AWS: people.customerAdmin.arn }, Action: 'sts:AssumeRole' };
    const RoleArn = await account.makeRole('mighty', trust, [{ Effect: 'Allow', Action: '*', Resource: '*' }]);
    const session = account.as(await account.assume(people.customerAdmin, { RoleArn }));
    const asked = new KMSClient(session).send(new DescribeKeyCommand({ KeyId }));
    if (refuses) await expect(asked).rejects.toThrow(/no resource-based policy allows the kms:DescribeKey action/);
    else await expect(asked).resolves.toBeDefined();
  });
});
