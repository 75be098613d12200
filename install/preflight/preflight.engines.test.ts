import { CreateClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { AllocateAddressCommand, CreateVpcCommand, EC2Client, type TagSpecification } from '@aws-sdk/client-ec2';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { CreatePolicyCommand, CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateAliasCommand, CreateKeyCommand, DisableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateBucketCommand, PutBucketTaggingCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeSubnet } from '../../dev/cloud/testing/make-subnet.ts';
import { engines, openAccount, type OpenAccount } from '../../dev/cloud/testing/open-account.ts';
import { quotaCodes, type QuotaId } from './facts/quotas.ts';
import { exitCodeOf } from './result.ts';
import { type LookedAt, lookAt, openVendor, type Vendor } from './testing/looked-at.ts';

const isRead = /:(Describe|List|Get|Head|Simulate)[A-Za-z]+$/;

describe.skipIf(!engines.available)('a preflight of an account', () => {
  let account: OpenAccount;
  let vendor: Vendor;
  beforeAll(async () => {
    account = await openAccount();
    vendor = await openVendor();
  });
  afterAll(async () => {
    vendor?.stop();
    await account?.stop();
  });

  describe('that is empty', () => {
    let looked: LookedAt;
    beforeAll(async () => {
      looked = await lookAt(account, vendor);
    });

    it('passes', () => {
      expect(looked.checks.filter(({ status }) => status !== 'pass')).toEqual([]);
      expect(exitCodeOf(looked.checks)).toBe(0);
    });

    it('makes read calls only, as the account recorded them', () => {
      expect(looked.recorded.filter((call) => !isRead.test(call))).toEqual([]);
    });

    it('counts every call that the account recorded', () => {
      expect(looked.apiCalls.total).toBe(looked.recorded.length);
      expect(looked.recorded.length).toBeGreaterThan(30);
      // What is signed for as HeadBucket is the right to list.
      const counted = Object.keys(looked.apiCalls.byAction).map((call) => call.replace('HeadBucket', 'ListBucket'));
      expect(new Set(counted)).toEqual(new Set(looked.recorded));
    });

    it('forecasts a price', () => {
      expect(looked.forecast.monthly).toBeGreaterThan(500);
    });
  });

  describe('in which a name is taken', () => {
    const tag = (installId: string): { Key: string; Value: string } => ({ Key: 'landfall:install', Value: installId });
    const trust = JSON.stringify({ Version: '2012-10-17', Statement: [] });
    type Plant = (prefix: string, tags: { Key: string; Value: string }[]) => Promise<unknown>;
    const plants: [kind: string, check: string, plant: Plant][] = [
      [
        'role',
        'names',
        (prefix, Tags) =>
          new IAMClient(account.admin).send(
            new CreateRoleCommand({ RoleName: `${prefix}-runner`, AssumeRolePolicyDocument: trust, Tags }),
          ),
      ],
      [
        'policy',
        'names',
        (prefix, Tags) =>
          new IAMClient(account.admin).send(
            new CreatePolicyCommand({
              PolicyName: `${prefix}-boundary`,
              PolicyDocument: JSON.stringify({
                Version: '2012-10-17',
                Statement: [{ Effect: 'Deny', Action: '*', Resource: '*' }],
              }),
              Tags,
            }),
          ),
      ],
      [
        'repository',
        'names',
        (prefix, tags) =>
          new ECRClient(account.admin).send(
            new CreateRepositoryCommand({ repositoryName: `${prefix}/landfall/runner`, tags }),
          ),
      ],
      [
        'key alias',
        'names',
        async (prefix, tags) => {
          const kms = new KMSClient(account.admin);
          const Tags = tags.map(({ Key, Value }) => ({ TagKey: Key, TagValue: Value }));
          const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Tags }));
          await kms.send(
            new CreateAliasCommand({ AliasName: `alias/${prefix}-state`, TargetKeyId: KeyMetadata?.KeyId }),
          );
        },
      ],
      [
        'cluster',
        'names',
        async (prefix, tags) => {
          const subnetIds = [await makeSubnet(account.cloud)];
          await new EKSClient(account.admin).send(
            new CreateClusterCommand({
              name: prefix,
              roleArn: await account.makeRole(`${prefix}-for-eks`, eksTrust),
              resourcesVpcConfig: { subnetIds },
              tags: Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])),
            }),
          );
        },
      ],
      [
        'state bucket',
        'state-bucket',
        async (prefix, TagSet) => {
          const s3 = new S3Client(account.admin);
          const Bucket = `${prefix}-${account.cloud.accountId}-state`;
          const CreateBucketConfiguration = { LocationConstraint: 'eu-central-1' } as const;
          await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
          if (TagSet.length > 0) await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
        },
      ],
    ];

    it.each(plants)('finds a %s of somebody else', async (kind, check, plant) => {
      const installId = `x-${kind.replaceAll(' ', '-')}`;
      await plant(`lf-${installId}`, []);
      const looked = await lookAt(account, vendor, { installId });
      expect(looked.check(check)).toMatchObject({ status: 'fail' });
      expect(looked.recorded.filter((call) => !isRead.test(call))).toEqual([]);
    });

    it.each(plants)('takes a %s of an earlier run for what it is', async (kind, check, plant) => {
      const installId = `o-${kind.replaceAll(' ', '-')}`;
      await plant(`lf-${installId}`, [tag(installId)]);
      const found = (await lookAt(account, vendor, { installId })).check(check);
      // The role that EKS needs in the test is not one of the install's names.
      expect(found).toMatchObject({ status: 'pass', found: expect.stringContaining('of an earlier run') });
    });
  });

  describe('whose quota is full', () => {
    const defaults: Record<QuotaId, number> = {
      vpcs: 5,
      addresses: 5,
      natGateways: 5,
      vcpus: 64,
      clusters: 100,
      repositories: 100_000,
    };
    const set = (id: QuotaId, value: number): void =>
      account.cloud.setQuota(quotaCodes[id].service, quotaCodes[id].code, value);
    afterEach(() => {
      for (const id of ['vpcs', 'addresses', 'natGateways', 'vcpus', 'clusters', 'repositories'] as const) {
        set(id, defaults[id]);
      }
    });

    it.each([
      ['vpcs', 'quota-vpcs', 1],
      ['addresses', 'quota-addresses', 0],
      ['natGateways', 'quota-nat-gateways', 0],
      ['vcpus', 'quota-vcpus', 16],
      ['clusters', 'quota-clusters', 0],
      ['repositories', 'quota-repositories', 1],
    ] as const)('%s: fails', async (id, check, value) => {
      set(id, value);
      expect((await lookAt(account, vendor, { installId: 'quota' })).check(check)).toMatchObject({ status: 'fail' });
    });

    it('does not count what an earlier run of the same install made', async () => {
      const ec2 = new EC2Client(account.admin);
      const tagged = (ResourceType: 'vpc' | 'elastic-ip', Value: string): TagSpecification[] => [
        { ResourceType, Tags: [{ Key: 'landfall:install', Value }] },
      ];
      const before = await lookAt(account, vendor, { installId: 'mine' });
      const used = Number(/^\d+/.exec(before.check('quota-vpcs').found)?.[0]);
      await ec2.send(new CreateVpcCommand({ CidrBlock: '10.9.0.0/16', TagSpecifications: tagged('vpc', 'mine') }));
      await ec2.send(new AllocateAddressCommand({ TagSpecifications: tagged('elastic-ip', 'mine') }));
      set('vpcs', used + 1);
      set('addresses', 1);
      const mine = await lookAt(account, vendor, { installId: 'mine' });
      expect([mine.check('quota-vpcs').status, mine.check('quota-addresses').status]).toEqual(['pass', 'pass']);
      const other = await lookAt(account, vendor, { installId: 'other' });
      expect([other.check('quota-vpcs').status, other.check('quota-addresses').status]).toEqual(['fail', 'fail']);
    });
  });

  it.each<[string, string, string, Parameters<typeof lookAt>[2]]>([
    [
      'an instance type that there is none of',
      'node-types',
      'fail',
      { base: { nodeGroups: [{ name: 'x', instanceType: 'm99.large', size: 1 }] } },
    ],
    ['a version that EKS does not know', 'kubernetes-version', 'fail', { base: { kubernetesVersion: '1.99' } }],
    ['a zone that the account lacks', 'zones', 'fail', { base: { zones: ['a', 'z'] } }],
    ['a vendor that does not answer', 'control-plane', 'fail', { reach: 'http://127.0.0.1:9' }],
    [
      'a boundary that does not exist',
      'permissions-boundary',
      'fail',
      { account: { permissionsBoundaryArn: 'arn:aws:iam::123456789012:policy/none' } },
    ],
    [
      'a key that does not exist',
      'key-0',
      'fail',
      { account: { stateKmsKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/0' } },
    ],
  ])('finds %s', async (_, id, status, given) => {
    expect((await lookAt(account, vendor, given)).check(id)).toMatchObject({ status });
  });

  it('finds a given key that is disabled', async () => {
    const kms = new KMSClient(account.admin);
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const clusterKmsKeyArn = KeyMetadata?.Arn ?? '';
    const id = `key-${KeyMetadata?.KeyId}`;
    expect((await lookAt(account, vendor, { account: { clusterKmsKeyArn } })).check(id)).toMatchObject({
      status: 'pass',
    });
    await kms.send(new DisableKeyCommand({ KeyId: KeyMetadata?.KeyId }));
    expect((await lookAt(account, vendor, { account: { clusterKmsKeyArn } })).check(id)).toMatchObject({
      status: 'fail',
    });
  });

  it('says of another account’s credentials that they are that, and writes nothing there either', async () => {
    const looked = await lookAt(account, vendor, { credentials: account.cloud.people.stranger });
    expect(looked.check('identity')).toMatchObject({ status: 'fail' });
    expect(looked.recorded.filter((call) => !isRead.test(call))).toEqual([]);
  });

  it('takes nothing for absent that the caller may not see', async () => {
    const trust = {
      Effect: 'Allow',
      Principal: { AWS: account.cloud.people.customerAdmin.arn },
      Action: 'sts:AssumeRole',
    };
    const RoleArn = await account.makeRole('sees-nothing', trust);
    const credentials = await account.assume(account.cloud.people.customerAdmin, { RoleArn });
    const looked = await lookAt(account, vendor, { installId: 'blind', credentials });
    const of = (status: string): string[] => looked.checks.filter((each) => each.status === status).map(({ id }) => id);
    expect(of('fail')).toEqual([]);
    expect(of('pass')).toEqual(['identity', 'install-date', 'control-plane', 'vendor-registry']);
    expect(exitCodeOf(looked.checks)).toBe(2);
  });

  it('finds the one action that the caller lacks', async () => {
    const trust = {
      Effect: 'Allow',
      Principal: { AWS: account.cloud.people.customerAdmin.arn },
      Action: 'sts:AssumeRole',
    };
    const RoleArn = await account.makeRole('nearly-admin', trust, [
      { Effect: 'Allow', Action: '*', Resource: '*' },
      { Effect: 'Deny', Action: 'kms:CreateKey', Resource: '*' },
    ]);
    const credentials = await account.assume(account.cloud.people.customerAdmin, { RoleArn });
    const looked = await lookAt(account, vendor, { installId: 'nearly', credentials });
    expect(looked.check('permissions')).toMatchObject({ status: 'fail', found: 'denied: kms:CreateKey' });
  });
});

const eksTrust = { Effect: 'Allow', Principal: { Service: 'eks.amazonaws.com' }, Action: 'sts:AssumeRole' };
