import {
  CreateVpcCommand,
  CreateVpcEndpointCommand,
  CreateVpcEndpointServiceConfigurationCommand,
  CreateVpcPeeringConnectionCommand,
  type DescribeVpcPeeringConnectionsCommandOutput,
  EC2Client,
  ModifyVpcEndpointServicePermissionsCommand,
} from '@aws-sdk/client-ec2';
import {
  CreateRepositoryCommand,
  ECRClient,
  PutRegistryPolicyCommand,
  SetRepositoryPolicyCommand,
} from '@aws-sdk/client-ecr';
import { CreateAccessEntryCommand, CreateClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateGrantCommand, CreateKeyCommand, KMSClient, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import { AddPermissionCommand, CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  CreateAccountCommand,
  CreateOrganizationCommand,
  OrganizationsClient,
  RegisterDelegatedAdministratorCommand,
} from '@aws-sdk/client-organizations';
import { CreateBucketCommand, PutBucketAclCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, PutResourcePolicyCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateTopicCommand, SNSClient, SetTopicAttributesCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SQSClient, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeSubnet } from '../dev/cloud/testing/make-subnet.ts';
import { type OpenAccount, engines, openAccount } from '../dev/cloud/testing/open-account.ts';
import { type Census, createCensusClients, takeCensus } from './index.ts';

const own = '123456789012';
const stranger = '777777777777';
const strangerRoot = `arn:aws:iam::${stranger}:root`;
const region = 'eu-central-1';

/** Calls of services that have no client here, signed as the administrator. */
async function signedCall(
  { admin }: OpenAccount,
  service: string,
  path: string,
  body: string,
  contentType: string,
): Promise<string> {
  const { credentials } = admin;
  const url = new URL(path, admin.endpoint);
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 });
  const signed = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    port: Number(url.port),
    path: url.pathname,
    headers: { host: url.host, 'content-type': contentType },
    body,
  });
  const answer = await fetch(url, { method: 'POST', headers: signed.headers, body });
  const text = await answer.text();
  expect({ status: answer.status, text }).toMatchObject({ status: 200 });
  return text;
}

/** One resource of every kind, with nobody from outside in any of them. */
async function furnish(account: OpenAccount) {
  const { admin } = account;
  await account.makeRole('inside', { Effect: 'Allow', Principal: { AWS: own }, Action: 'sts:AssumeRole' });
  const clusterRole = await account.makeRole('cluster', {
    Effect: 'Allow',
    Principal: { Service: 'eks.amazonaws.com' },
    Action: ['sts:AssumeRole', 'sts:TagSession'],
  });
  await new S3Client({ ...admin, forcePathStyle: true }).send(
    new CreateBucketCommand({ Bucket: 'seal-bucket', CreateBucketConfiguration: { LocationConstraint: region } }),
  );
  const { KeyMetadata } = await new KMSClient(admin).send(new CreateKeyCommand({}));
  await new ECRClient(admin).send(new CreateRepositoryCommand({ repositoryName: 'seal/repository' }));
  const { QueueUrl } = await new SQSClient(admin).send(new CreateQueueCommand({ QueueName: 'seal-queue' }));
  const { TopicArn } = await new SNSClient(admin).send(new CreateTopicCommand({ Name: 'seal-topic' }));
  const lambdaRole = await account.makeRole('function', {
    Effect: 'Allow',
    Principal: { Service: 'lambda.amazonaws.com' },
    Action: 'sts:AssumeRole',
  });
  await new LambdaClient(admin).send(
    new CreateFunctionCommand({
      FunctionName: 'seal-function',
      Role: lambdaRole,
      PackageType: 'Image',
      Code: { ImageUri: `${own}.dkr.ecr.${region}.amazonaws.com/seal/repository@sha256:${'0'.repeat(64)}` },
    }),
  );
  const secret = await new SecretsManagerClient(admin).send(
    new CreateSecretCommand({ Name: 'seal-secret', SecretString: 'kept' }),
  );
  const subnetId = await makeSubnet(account.cloud);
  await new EKSClient(admin).send(
    new CreateClusterCommand({
      name: 'seal-cluster',
      roleArn: clusterRole,
      resourcesVpcConfig: { subnetIds: [subnetId] },
      accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: false },
    }),
  );
  const ec2 = new EC2Client(admin);
  const vpcs = [];
  for (const CidrBlock of ['10.71.0.0/16', '10.72.0.0/16'])
    vpcs.push((await ec2.send(new CreateVpcCommand({ CidrBlock }))).Vpc?.VpcId ?? '');
  const [vpcId = '', otherVpcId = ''] = vpcs;
  return {
    keyId: KeyMetadata?.KeyId ?? '',
    keyArn: KeyMetadata?.Arn ?? '',
    queueUrl: QueueUrl ?? '',
    topicArn: TopicArn ?? '',
    secretArn: secret.ARN ?? '',
    subnetId,
    vpcId,
    otherVpcId,
  };
}
const opens = (principal: unknown, action: string, resource: string | undefined, condition?: object): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: principal,
        Action: action,
        ...(resource === undefined ? {} : { Resource: resource }),
        ...(condition === undefined ? {} : { Condition: condition }),
      },
    ],
  });

type Found = { place: string; principal: string; where: string; via: string };
const foundIn = (census: Census): Found[] =>
  census.places.flatMap(({ name, outside }) =>
    outside.map(({ principal, where, via }) => ({ place: name, principal, where, via })),
  );

describe.skipIf(!engines.available)('a principal from outside, planted in the account', () => {
  let account: OpenAccount;
  let made: Awaited<ReturnType<typeof furnish>>;
  let before: Found[];
  let peerOwner = own;
  beforeAll(async () => {
    account = await openAccount();
    made = await furnish(account);
    before = [];
  });
  afterAll(() => account?.stop());

  const census = async (): Promise<Census> => {
    const credentials = account.cloud.people.customerAdmin;
    const clients = createCensusClients({ region, endpointUrl: account.cloud.endpoint, credentials });
    clients.of(region).ec2.middlewareStack.add(
      (next) => async (args) => {
        const answer = await next(args);
        const { VpcPeeringConnections } = answer.output as DescribeVpcPeeringConnectionsCommandOutput;
        for (const one of VpcPeeringConnections ?? [])
          one.AccepterVpcInfo = { ...one.AccepterVpcInfo, OwnerId: peerOwner };
        return answer;
      },
      { step: 'initialize' },
    );
    try {
      return await takeCensus({
        clients,
        accountId: own,
        regions: [region],
        installRoleName: 'lf-acme-install',
        now: () => new Date(),
        signal: new AbortController().signal,
      });
    } finally {
      clients.close();
    }
  };
  /** What a planting adds to what the census found before it. */
  const addedBy = async (plant: () => Promise<unknown>): Promise<Found[]> => {
    await plant();
    const known = new Set(before.map((one) => JSON.stringify(one)));
    before = foundIn(await census());
    return before.filter((one) => !known.has(JSON.stringify(one)));
  };
  const client = <C>(make: new (config: OpenAccount['admin']) => C): C => new make(account.admin);
  const s3 = (credentials?: OpenAccount['admin']): S3Client =>
    new S3Client({ ...(credentials ?? account.admin), forcePathStyle: true });

  it('is nowhere as long as none is planted, though every place was looked at', async () => {
    const seen = await census();
    expect(foundIn(seen)).toEqual([]);
    expect(seen.places.flatMap(({ notVisible, unreadable }) => [...notVisible, ...unreadable])).toEqual([]);
    const empty = seen.places.filter(({ looked }) => looked === 0).map(({ name }) => name);
    expect(empty).toEqual(['ec2', 'ram', 'organizations']);
    expect(seen.installRole).toBe('gone');
    before = foundIn(seen);
  });

  it('is found in the trust policy of a role, and really gets in by it', async () => {
    const added = await addedBy(() =>
      client(IAMClient).send(
        new CreateRoleCommand({
          RoleName: 'door',
          AssumeRolePolicyDocument: opens({ AWS: strangerRoot }, 'sts:AssumeRole', undefined),
        }),
      ),
    );
    const where = `arn:aws:iam::${own}:role/door`;
    expect(added).toEqual([{ place: 'iam', principal: strangerRoot, where, via: 'trust policy' }]);
    const got = await account.assume(account.cloud.people.stranger, { RoleArn: where });
    expect(got.accessKeyId).not.toBe('');
    const shut = account.assume(account.cloud.people.stranger, { RoleArn: `arn:aws:iam::${own}:role/inside` });
    await expect(shut).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('is found in the policy of a bucket', async () => {
    const where = 'arn:aws:s3:::seal-bucket';
    const Policy = opens({ AWS: strangerRoot }, 's3:GetObject', `${where}/*`);
    const added = await addedBy(() => s3().send(new PutBucketPolicyCommand({ Bucket: 'seal-bucket', Policy })));
    expect(added).toEqual([{ place: 's3', principal: strangerRoot, where, via: 'bucket policy' }]);
  });

  it('is found in the ACL of a bucket', async () => {
    const added = await addedBy(() =>
      s3().send(new PutBucketAclCommand({ Bucket: 'seal-bucket', ACL: 'public-read' })),
    );
    const principal = 'http://acs.amazonaws.com/groups/global/AllUsers';
    expect(added).toEqual([{ place: 's3', principal, where: 'arn:aws:s3:::seal-bucket', via: 'ACL' }]);
  });

  it('is found in the policy of a key', async () => {
    const Policy = opens({ AWS: [own, strangerRoot] }, 'kms:*', '*');
    const added = await addedBy(() =>
      client(KMSClient).send(new PutKeyPolicyCommand({ KeyId: made.keyId, PolicyName: 'default', Policy })),
    );
    expect(added).toEqual([{ place: 'kms', principal: strangerRoot, where: made.keyArn, via: 'key policy' }]);
  });

  it('is found in a grant of a key', async () => {
    const GranteePrincipal = `arn:aws:iam::${stranger}:role/reader`;
    const added = await addedBy(() =>
      client(KMSClient).send(new CreateGrantCommand({ KeyId: made.keyId, GranteePrincipal, Operations: ['Decrypt'] })),
    );
    expect(added).toEqual([{ place: 'kms', principal: GranteePrincipal, where: made.keyArn, via: 'grant' }]);
  });

  it('is found in the policy of a repository', async () => {
    const policyText = opens({ AWS: strangerRoot }, 'ecr:BatchGetImage', undefined);
    const added = await addedBy(() =>
      client(ECRClient).send(new SetRepositoryPolicyCommand({ repositoryName: 'seal/repository', policyText })),
    );
    const where = `arn:aws:ecr:${region}:${own}:repository/seal/repository`;
    expect(added).toEqual([{ place: 'ecr', principal: strangerRoot, where, via: 'repository policy' }]);
  });

  it('is found in the policy of the registry', async () => {
    const where = `arn:aws:ecr:${region}:${own}:registry`;
    const policyText = opens({ AWS: strangerRoot }, 'ecr:ReplicateImage', `arn:aws:ecr:${region}:${own}:repository/*`);
    const added = await addedBy(() => client(ECRClient).send(new PutRegistryPolicyCommand({ policyText })));
    expect(added).toEqual([{ place: 'ecr', principal: strangerRoot, where, via: 'registry policy' }]);
  });

  it('is found in the policy of a queue', async () => {
    const where = `arn:aws:sqs:${region}:${own}:seal-queue`;
    const Policy = opens('*', 'sqs:SendMessage', where, { IpAddress: { 'aws:SourceIp': '0.0.0.0/0' } });
    const added = await addedBy(() =>
      client(SQSClient).send(new SetQueueAttributesCommand({ QueueUrl: made.queueUrl, Attributes: { Policy } })),
    );
    expect(added).toEqual([{ place: 'sqs', principal: '*', where, via: 'queue policy' }]);
  });

  it('is found in the policy of a topic', async () => {
    const AttributeValue = opens({ AWS: strangerRoot }, 'sns:Publish', made.topicArn);
    const added = await addedBy(() =>
      client(SNSClient).send(
        new SetTopicAttributesCommand({ TopicArn: made.topicArn, AttributeName: 'Policy', AttributeValue }),
      ),
    );
    expect(added).toEqual([{ place: 'sns', principal: strangerRoot, where: made.topicArn, via: 'topic policy' }]);
  });

  it('is found in the policy of a function', async () => {
    const permission = {
      FunctionName: 'seal-function',
      StatementId: 'x',
      Action: 'lambda:InvokeFunction',
      Principal: strangerRoot,
    };
    const added = await addedBy(() => client(LambdaClient).send(new AddPermissionCommand(permission)));
    const where = `arn:aws:lambda:${region}:${own}:function:seal-function`;
    expect(added).toEqual([
      { place: 'lambda', principal: expect.stringContaining(stranger), where, via: 'function policy' },
    ]);
  });

  it('is found in the policy of a secret', async () => {
    const ResourcePolicy = opens({ AWS: strangerRoot }, 'secretsmanager:GetSecretValue', '*');
    const added = await addedBy(() =>
      client(SecretsManagerClient).send(new PutResourcePolicyCommand({ SecretId: made.secretArn, ResourcePolicy })),
    );
    expect(added).toEqual([
      { place: 'secrets-manager', principal: strangerRoot, where: made.secretArn, via: 'secret policy' },
    ]);
  });

  it('is found among the access entries of a cluster', async () => {
    const principalArn = `arn:aws:iam::${stranger}:role/admin`;
    const added = await addedBy(() =>
      client(EKSClient).send(new CreateAccessEntryCommand({ clusterName: 'seal-cluster', principalArn })),
    );
    const where = `arn:aws:eks:${region}:${own}:cluster/seal-cluster`;
    expect(added).toEqual([{ place: 'eks', principal: principalArn, where, via: 'access entry' }]);
  });

  it('is found in the policy of a VPC endpoint, where "*" alone lets nobody in', async () => {
    const make = (PolicyDocument: string) =>
      client(EC2Client).send(
        new CreateVpcEndpointCommand({ VpcId: made.vpcId, ServiceName: `com.amazonaws.${region}.s3`, PolicyDocument }),
      );
    expect(await addedBy(() => make(opens('*', '*', '*')))).toEqual([]);
    const added = await addedBy(() => make(opens({ AWS: strangerRoot }, '*', '*')));
    expect(added).toEqual([
      {
        place: 'ec2',
        principal: strangerRoot,
        where: expect.stringContaining('vpc-endpoint/vpce-'),
        via: 'endpoint policy',
      },
    ]);
  });

  it('is found among those who may connect to an endpoint service', async () => {
    const ec2 = client(EC2Client);
    const added = await addedBy(async () => {
      const balancer = new URLSearchParams({
        Action: 'CreateLoadBalancer',
        Version: '2015-12-01',
        Name: 'seal',
        Type: 'network',
        'Subnets.member.1': made.subnetId,
      });
      const answer = await signedCall(
        account,
        'elasticloadbalancing',
        '/',
        balancer.toString(),
        'application/x-www-form-urlencoded',
      );
      const arn = /<LoadBalancerArn>([^<]+)</.exec(answer)?.[1] ?? '';
      const { ServiceConfiguration } = await ec2.send(
        new CreateVpcEndpointServiceConfigurationCommand({ NetworkLoadBalancerArns: [arn] }),
      );
      const ServiceId = ServiceConfiguration?.ServiceId;
      await ec2.send(
        new ModifyVpcEndpointServicePermissionsCommand({ ServiceId, AddAllowedPrincipals: [strangerRoot] }),
      );
    });
    expect(added).toEqual([
      {
        place: 'ec2',
        principal: strangerRoot,
        where: expect.stringContaining('vpc-endpoint-service/'),
        via: 'endpoint service',
      },
    ]);
  });

  it("is found as another account's network that is joined to one of this account", async () => {
    const peer = { VpcId: made.vpcId, PeerVpcId: made.otherVpcId };
    expect(await addedBy(() => client(EC2Client).send(new CreateVpcPeeringConnectionCommand(peer)))).toEqual([]);
    // The stand-in is one account, so its other side is moved to another one in its answer.
    peerOwner = stranger;
    const added = await addedBy(() => Promise.resolve());
    expect(added).toEqual([
      { place: 'ec2', principal: stranger, where: expect.stringContaining('vpc-peering-connection/'), via: 'peering' },
    ]);
  });

  it('is found as a delegated administrator of the organization', async () => {
    const organizations = client(OrganizationsClient);
    let delegated = '';
    const added = await addedBy(async () => {
      await organizations.send(new CreateOrganizationCommand({ FeatureSet: 'ALL' }));
      const { CreateAccountStatus } = await organizations.send(
        new CreateAccountCommand({ Email: 'a@b.example', AccountName: 'x' }),
      );
      delegated = CreateAccountStatus?.AccountId ?? '';
      await organizations.send(
        new RegisterDelegatedAdministratorCommand({
          AccountId: delegated,
          ServicePrincipal: 'guardduty.amazonaws.com',
        }),
      );
    });
    expect(added).toEqual([
      {
        place: 'organizations',
        principal: delegated,
        where: expect.stringContaining(':organization/o-'),
        via: 'delegated administrator',
      },
    ]);
  });

  it('is found as somebody with whom a resource is shared', async () => {
    const added = await addedBy(() =>
      signedCall(
        account,
        'ram',
        '/createresourceshare',
        JSON.stringify({
          name: 'seal',
          principals: [stranger],
          resourceArns: [`arn:aws:ec2:${region}:${own}:subnet/${made.subnetId}`],
        }),
        'application/json',
      ),
    );
    expect(added).toEqual([
      { place: 'ram', principal: stranger, where: expect.stringContaining(':resource-share/'), via: 'resource share' },
    ]);
  });
});
