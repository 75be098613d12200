import { componentStatePrefix, type InstallNames, type Place, stateKeys } from '../names.ts';
import type { Statement } from './statement.ts';

/** The one-time role's permissions: one managed policy per key. No CreateRole, no product data, nothing after the date. */
export function installRolePolicies(
  place: Place,
  names: InstallNames,
  expiresAt: string,
): Record<'network' | 'cluster' | 'registry' | 'state', readonly Statement[]> {
  const arn = (service: string, resource: string): string =>
    `arn:${names.partition}:${service}:${place.region}:${place.accountId}:${resource}`;
  return {
    network: network(),
    cluster: cluster(names, arn),
    registry: registry(names, arn),
    state: state(names, expiresAt),
  };
}

type Arn = (service: string, resource: string) => string;

function network(): Statement[] {
  return [
    {
      sid: 'NetworkRead',
      effect: 'Allow',
      actions: [
        'ec2:DescribeAddresses',
        'ec2:DescribeAddressesAttribute',
        'ec2:DescribeAvailabilityZones',
        'ec2:DescribeInternetGateways',
        'ec2:DescribeNatGateways',
        'ec2:DescribeNetworkAcls',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeRouteTables',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeSubnets',
        'ec2:DescribeVpcAttribute',
        'ec2:DescribeVpcs',
      ],
      resources: ['*'],
      reason: 'Terraform reads what it made to compare it with the plan; EC2 has no resource-level rights for Describe',
    },
    {
      sid: 'NetworkCreate',
      effect: 'Allow',
      actions: [
        'ec2:AllocateAddress',
        'ec2:AssociateRouteTable',
        'ec2:AttachInternetGateway',
        'ec2:CreateInternetGateway',
        'ec2:CreateNatGateway',
        'ec2:CreateRoute',
        'ec2:CreateRouteTable',
        'ec2:CreateSubnet',
        'ec2:CreateTags',
        'ec2:CreateVpc',
        'ec2:ModifySubnetAttribute',
        'ec2:ModifyVpcAttribute',
      ],
      resources: ['*'],
      reason: "The cluster's own VPC: three zones, one way out through NAT",
    },
  ];
}

function cluster(names: InstallNames, arn: Arn): Statement[] {
  const { roles } = names;
  const passRole = (sid: string, role: string, services: string[], reason: string): Statement => ({
    sid,
    effect: 'Allow',
    actions: ['iam:PassRole'],
    resources: [role],
    conditions: { StringEquals: { 'iam:PassedToService': services } },
    reason,
  });
  return [
    {
      sid: 'Cluster',
      effect: 'Allow',
      actions: [
        'eks:AssociateAccessPolicy',
        'eks:CreateAccessEntry',
        'eks:CreateAddon',
        'eks:CreateCluster',
        'eks:CreateNodegroup',
        'eks:CreatePodIdentityAssociation',
        'eks:DescribeAccessEntry',
        'eks:DescribeAddon',
        'eks:DescribeCluster',
        'eks:DescribeNodegroup',
        'eks:DescribePodIdentityAssociation',
        'eks:DescribeUpdate',
        'eks:ListAssociatedAccessPolicies',
        'eks:ListPodIdentityAssociations',
        'eks:TagResource',
      ],
      resources: [
        arn('eks', `cluster/${names.cluster}`),
        ...['nodegroup', 'addon', 'access-entry', 'podidentityassociation'].map((kind) =>
          arn('eks', `${kind}/${names.cluster}/*`),
        ),
      ],
      reason: 'Makes and reads back the one cluster of this install, its nodes, and who may enter it',
    },
    passRole('PassClusterRole', roles.cluster.arn, ['eks.amazonaws.com'], 'EKS runs the control plane as this role'),
    passRole(
      'PassNodeRole',
      roles.node.arn,
      ['eks.amazonaws.com', 'ec2.amazonaws.com'],
      'EKS starts the nodes as this role',
    ),
    passRole(
      'PassRunnerRole',
      roles.runner.arn,
      ['pods.eks.amazonaws.com'],
      'The runner gets this role by Pod Identity',
    ),
    {
      sid: 'ReadRoles',
      effect: 'Allow',
      actions: ['iam:GetRole'],
      resources: [roles.cluster.arn, roles.node.arn, roles.runner.arn],
      reason: 'EKS looks at a role with the rights of whoever passes it',
    },
    {
      sid: 'ServiceLinkedRoles',
      effect: 'Allow',
      actions: ['iam:CreateServiceLinkedRole'],
      resources: [`${roles.cluster.arn.split(':role/')[0]}:role/aws-service-role/*`],
      conditions: {
        StringEquals: { 'iam:AWSServiceName': ['eks.amazonaws.com', 'eks-nodegroup.amazonaws.com'] },
      },
      reason: 'AWS makes these two roles of its own at the first cluster of an account',
    },
    {
      sid: 'ClusterKey',
      effect: 'Allow',
      actions: ['kms:CreateGrant', 'kms:DescribeKey'],
      resources: ['@cluster-key'],
      reason: "EKS encrypts the cluster's secrets with the customer's key by a grant; no right to decrypt with it",
    },
    {
      sid: 'ClusterLogGroup',
      effect: 'Allow',
      actions: ['logs:CreateLogGroup', 'logs:ListTagsForResource', 'logs:PutRetentionPolicy', 'logs:TagResource'],
      resources: [arn('logs', `log-group:${names.logGroup}`), arn('logs', `log-group:${names.logGroup}:*`)],
      reason: "The cluster's audit log gets a retention; what is in it cannot be read",
    },
    {
      sid: 'FindLogGroup',
      effect: 'Allow',
      actions: ['logs:DescribeLogGroups'],
      resources: ['*'],
      reason: 'Terraform finds the log group by listing; the call has no resource-level rights',
    },
  ];
}

function registry(names: InstallNames, arn: Arn): Statement[] {
  return [
    {
      sid: 'Repositories',
      effect: 'Allow',
      actions: [
        'ecr:CreateRepository',
        'ecr:DescribeRepositories',
        'ecr:ListTagsForResource',
        'ecr:PutImageScanningConfiguration',
        'ecr:PutImageTagMutability',
        'ecr:TagResource',
      ],
      resources: [arn('ecr', `repository/${names.prefix}/*`)],
      reason: "Makes the repositories of the customer's own registry",
    },
    {
      sid: 'PushRunner',
      effect: 'Allow',
      actions: [
        'ecr:BatchCheckLayerAvailability',
        'ecr:BatchGetImage',
        'ecr:CompleteLayerUpload',
        'ecr:InitiateLayerUpload',
        'ecr:PutImage',
        'ecr:UploadLayerPart',
      ],
      resources: [arn('ecr', `repository/${names.prefix}/landfall/*`)],
      reason:
        "Pushes the runner's image and chart, and sees whether they are there already; no product image is readable",
    },
    {
      sid: 'RegistryLogin',
      effect: 'Allow',
      actions: ['ecr:GetAuthorizationToken'],
      resources: ['*'],
      reason: 'The registry login; the call has no resource-level rights',
    },
  ];
}

function state(names: InstallNames, expiresAt: string): Statement[] {
  const bucket = `arn:${names.partition}:s3:::${names.stateBucket}`;
  return [
    {
      sid: 'ListStateBucket',
      effect: 'Allow',
      actions: ['s3:ListBucket'],
      resources: [bucket],
      reason: 'Terraform asks whether a state is there',
    },
    {
      sid: 'BaseState',
      effect: 'Allow',
      actions: ['s3:GetObject', 's3:PutObject'],
      resources: [`${bucket}/${stateKeys.base}`, `${bucket}/${stateKeys.base}.tflock`],
      reason: `Reads and writes the state of the base stack and its lock, not account/ and not ${componentStatePrefix}`,
    },
    {
      sid: 'BaseStateUnlock',
      effect: 'Allow',
      actions: ['s3:DeleteObject'],
      resources: [`${bucket}/${stateKeys.base}.tflock`],
      reason: 'Gives the lock back; the bucket keeps every version',
    },
    {
      sid: 'StateKey',
      effect: 'Allow',
      actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey'],
      resources: ['@state-key'],
      reason: 'The state is encrypted with this key; no other key can be used to decrypt',
    },
    {
      sid: 'NothingAfterTheDate',
      effect: 'Deny',
      actions: ['*'],
      resources: ['*'],
      conditions: { DateGreaterThan: { 'aws:CurrentTime': expiresAt } },
      reason: 'A session that still runs when the time is up can do nothing more',
    },
  ];
}
