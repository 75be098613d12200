import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Credentials } from './index.ts';
import { engines, openAccount, type OpenAccount } from './testing/open-account.ts';

const vendor = {
  Effect: 'Allow',
  Principal: { AWS: 'arn:aws:iam::999999999999:role/landfall-installer' },
  Action: 'sts:AssumeRole',
};

describe.skipIf(!engines.available)('a bucket of the account', () => {
  let account: OpenAccount;
  let now: Date;
  beforeAll(async () => {
    now = new Date();
    account = await openAccount({}, () => now);
    const admin = s3(account.cloud.people.customerAdmin);
    await admin.send(
      new CreateBucketCommand({ Bucket: 'state', CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' } }),
    );
    await admin.send(new PutObjectCommand({ Bucket: 'state', Key: 'base/a b+c.json', Body: 'secret' }));
    await account.makeRole('reader', vendor, [
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::state' },
      { Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: 'arn:aws:s3:::state/base/*' },
    ]);
  });
  afterAll(() => account?.stop());

  const s3 = (credentials: Credentials): S3Client => new S3Client({ ...account.as(credentials), forcePathStyle: true });
  const reader = async (): Promise<S3Client> =>
    s3(
      await account.assume(account.cloud.people.vendorInstaller, { RoleArn: 'arn:aws:iam::123456789012:role/reader' }),
    );

  it('is read and written where the policy says, and nowhere else', async () => {
    const client = await reader();
    const object = await client.send(new GetObjectCommand({ Bucket: 'state', Key: 'base/a b+c.json' }));
    expect(await object.Body?.transformToString()).toBe('secret');
    await client.send(new PutObjectCommand({ Bucket: 'state', Key: 'base/new', Body: 'x' }));
    await expect(
      client.send(new PutObjectCommand({ Bucket: 'state', Key: 'other/new', Body: 'x' })),
    ).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(client.send(new HeadBucketCommand({ Bucket: 'state' }))).resolves.toBeDefined();
  });

  it('refuses a second writer of a lock file', async () => {
    const client = await reader();
    const lock = { Bucket: 'state', Key: 'base/x.tflock', Body: 'me', IfNoneMatch: '*' };
    await client.send(new PutObjectCommand(lock));
    await expect(client.send(new PutObjectCommand(lock))).rejects.toMatchObject({ name: 'PreconditionFailed' });
  });

  it('keeps a TLS-only policy that shuts nobody out here', async () => {
    const Statement = [
      {
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:*',
        Resource: ['arn:aws:s3:::state/*'],
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ];
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
    await s3(account.cloud.people.customerAdmin).send(new PutBucketPolicyCommand({ Bucket: 'state', Policy }));
    await expect(
      (await reader()).send(new GetObjectCommand({ Bucket: 'state', Key: 'base/a b+c.json' })),
    ).resolves.toBeDefined();
  });

  it('answers a presigned URL until it expires, is altered, or its session is revoked', async () => {
    const client = await reader();
    const sign = () =>
      getSignedUrl(client, new ListObjectsV2Command({ Bucket: 'state', MaxKeys: 0 }), { expiresIn: 60 });
    const url = await sign();
    const status = async (of: string): Promise<number> => (await fetch(of)).status;
    expect(await status(url)).toBe(200);
    expect(await status(url.replace('max-keys=0', 'max-keys=9'))).toBe(403);
    now = new Date(now.getTime() + 50_000);
    expect(await status(url)).toBe(200);
    await account.setPolicy('reader', 'revoke', [
      {
        Effect: 'Deny',
        Action: '*',
        Resource: '*',
        Condition: { DateLessThan: { 'aws:TokenIssueTime': now.toISOString() } },
      },
    ]);
    expect(await status(url)).toBe(403);
    await account.removePolicy('reader', 'revoke');
    expect(await status(url)).toBe(200);
    now = new Date(now.getTime() + 20_000);
    expect(await status(url)).toBe(403);
  });

  it('is closed to whoever does not sign', async () => {
    expect((await fetch(`${account.cloud.endpoint}/state/base/new`)).status).toBe(403);
  });
});
