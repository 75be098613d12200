import { describe, expect, it } from 'vitest';
import type { CloudRequest } from '../wire/request.ts';
import { completeCall } from './complete-call.ts';
import { describeCall } from './describe-call.ts';

const prefix = 'arn:aws:ec2:eu-central-1:123456789012:';
const key = 'arn:aws:kms:eu-central-1:123456789012:key/k';
const lookup = {
  hasServiceLinkedRole: (service: string) => service === 'eks.amazonaws.com',
  bucketKey: async (bucket: string) => (bucket === 'state' ? key : undefined),
  factsOf: async (resource: string) => ({ 'aws:ResourceTag/name': resource.split('/').at(-1), 'ec2:Vpc': 'the VPC' }),
  resolve: async (resource: string) =>
    resource.endsWith('rtbassoc-1') ? [`${prefix}route-table/rtb-1`, `${prefix}subnet/subnet-1`] : [resource],
};

async function checksOf(service: string, request: CloudRequest) {
  const { checks } = await completeCall(describeCall(request, service), request, lookup);
  return checks;
}

function ec2(fields: Record<string, string>) {
  return checksOf('ec2', {
    method: 'POST',
    target: '/',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(new URLSearchParams(fields).toString()),
  });
}

function json(service: string, target: string, body: unknown, path = '/') {
  const headers: Record<string, string> = target === '' ? {} : { 'x-amz-target': target };
  return checksOf(service, { method: 'POST', target: path, headers, body: Buffer.from(JSON.stringify(body)) });
}

const short = (checks: { action: string; resource?: string }[]): string[] =>
  checks.map(({ action, resource }) => `${action} ${(resource ?? '(any)').replace(prefix, '')}`);

describe('the rights of an EC2 call', () => {
  it.each<[Record<string, string>, string[]]>([
    [{ Action: 'DescribeVpcs', 'VpcId.1': 'vpc-1' }, ['ec2:DescribeVpcs *']],
    [{ Action: 'CreateVpc' }, ['ec2:CreateVpc vpc/*']],
    [{ Action: 'CreateSubnet', VpcId: 'vpc-1' }, ['ec2:CreateSubnet vpc/vpc-1', 'ec2:CreateSubnet subnet/*']],
    [
      { Action: 'CreateNatGateway', SubnetId: 'subnet-1', AllocationId: 'eipalloc-1' },
      ['elastic-ip/eipalloc-1', 'natgateway/*', 'subnet/subnet-1'].map((one) => `ec2:CreateNatGateway ${one}`),
    ],
    [
      { Action: 'CreateVpcEndpoint', VpcId: 'vpc-1', 'SubnetId.1': 'subnet-1', 'SecurityGroupId.1': 'sg-1' },
      ['security-group/sg-1', 'subnet/subnet-1', 'vpc/vpc-1', 'vpc-endpoint/*'].map(
        (one) => `ec2:CreateVpcEndpoint ${one}`,
      ),
    ],
    [{ Action: 'CreateRoute', RouteTableId: 'rtb-1', NatGatewayId: 'nat-1' }, ['ec2:CreateRoute route-table/rtb-1']],
    [
      { Action: 'AuthorizeSecurityGroupIngress', GroupId: 'sg-1', 'IpPermissions.1.Groups.1.GroupId': 'sg-2' },
      ['ec2:AuthorizeSecurityGroupIngress security-group/sg-1'],
    ],
    [
      { Action: 'DisassociateRouteTable', AssociationId: 'rtbassoc-1' },
      ['route-table/rtb-1', 'subnet/subnet-1'].map((one) => `ec2:DisassociateRouteTable ${one}`),
    ],
    [{ Action: 'CreateTags', 'ResourceId.1': 'vpc-1', 'Tag.1.Key': 'a' }, ['ec2:CreateTags vpc/vpc-1']],
    [
      {
        Action: 'CreateFlowLogs',
        'ResourceId.1': 'vpc-1',
        DeliverLogsPermissionArn: 'arn:aws:iam::123456789012:role/r',
      },
      [
        'ec2:CreateFlowLogs vpc/vpc-1',
        'ec2:CreateFlowLogs vpc-flow-log/*',
        'iam:PassRole arn:aws:iam::123456789012:role/r',
      ],
    ],
  ])('%o', async (fields, wanted) => {
    expect(short(await ec2(fields)).toSorted()).toEqual(wanted.toSorted());
  });

  it('asks for ec2:CreateTags too when tags come along, and shows the tags to what is made only', async () => {
    const checks = await ec2({
      Action: 'CreateSubnet',
      VpcId: 'vpc-1',
      'TagSpecification.1.ResourceType': 'subnet',
      'TagSpecification.1.Tag.1.Key': 'landfall:install',
      'TagSpecification.1.Tag.1.Value': 'acme',
    });
    const contexts = Object.fromEntries(checks.map((check) => [short([check])[0], check.context]));
    expect(contexts['ec2:CreateSubnet subnet/*']).toMatchObject({ 'aws:RequestTag/landfall:install': 'acme' });
    expect(contexts['ec2:CreateSubnet vpc/vpc-1']).toEqual({
      'aws:ResourceTag/name': 'vpc-1',
      'ec2:Region': 'eu-central-1',
    });
    expect(contexts['ec2:CreateTags subnet/*']).toMatchObject({
      'aws:RequestTag/landfall:install': 'acme',
      'ec2:CreateAction': 'CreateSubnet',
    });
  });

  it('shows the VPC of what is changed, where AWS does', async () => {
    const [check] = await ec2({ Action: 'DeleteSecurityGroup', GroupId: 'sg-1' });
    expect(check?.context).toMatchObject({ 'aws:ResourceTag/name': 'sg-1', 'ec2:Vpc': 'the VPC' });
  });
});

describe('the rights that other services ask for on the way', () => {
  it('EKS uses the key and tags the cluster', async () => {
    const body = { name: 'one', tags: { a: 'b' }, encryptionConfig: [{ provider: { keyArn: key } }] };
    const checks = await json('eks', '', body, '/clusters');
    const cluster = 'arn:aws:eks:eu-central-1:123456789012:cluster/one';
    expect(short(checks)).toEqual([
      `eks:CreateCluster ${cluster}`,
      `kms:DescribeKey ${key}`,
      `kms:CreateGrant ${key}`,
      `eks:TagResource ${cluster}`,
    ]);
    expect(checks[2]?.context).toMatchObject({
      'aws:ViaAWSService': 'true',
      'kms:ViaService': 'eks.eu-central-1.amazonaws.com',
      'kms:GrantIsForAWSResource': 'true',
    });
  });

  it('S3 uses the bucket’s key with the rights of who reads and writes', async () => {
    const read = { method: 'GET', target: '/state/a', headers: {}, body: Buffer.alloc(0) };
    expect(short(await checksOf('s3', read))).toEqual(['s3:GetObject arn:aws:s3:::state/a', `kms:Decrypt ${key}`]);
    const write = { ...read, method: 'PUT' };
    expect(short(await checksOf('s3', write))).toEqual([
      's3:PutObject arn:aws:s3:::state/a',
      `kms:GenerateDataKey ${key}`,
    ]);
    expect(short(await checksOf('s3', { ...read, target: '/other/a' }))).toHaveLength(1);
  });

  it('ECR uses the key of a repository', async () => {
    const body = { repositoryName: 'lf/a', encryptionConfiguration: { encryptionType: 'KMS', kmsKey: key } };
    const checks = await json('ecr', 'AmazonEC2ContainerRegistry_V20150921.CreateRepository', body);
    expect(short(checks)).toContain(`kms:CreateGrant ${key}`);
  });

  it('a node group with a launch template is a dry run of RunInstances, and the first one makes a role', async () => {
    const body = { nodegroupName: 'general', launchTemplate: { id: 'lt-1', version: '1' }, subnets: ['subnet-1'] };
    const checks = short(await json('eks', '', body, '/clusters/one/node-groups'));
    expect(checks).toEqual(
      expect.arrayContaining(
        ['launch-template/lt-1', 'subnet/subnet-1', 'instance/*'].map((one) => `ec2:RunInstances ${one}`),
      ),
    );
    expect(checks.at(-1)).toMatch(
      /iam:CreateServiceLinkedRole .*role\/aws-service-role\/eks-nodegroup.amazonaws.com\//,
    );
  });
});
