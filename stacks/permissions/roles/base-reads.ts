import { arn } from '../arns.ts';
import type { Phase } from '../phase.ts';
import type { Statement } from '../statement.ts';

/** What Terraform reads of the base stack at every plan: configuration only, never what is inside. */
export function baseReads(phases: readonly Phase[]): Statement[] {
  return [
    {
      sid: 'ReadNetwork',
      effect: 'Allow',
      actions: [
        'ec2:DescribeAddresses',
        'ec2:DescribeAddressesAttribute',
        'ec2:DescribeCustomerGateways',
        'ec2:DescribeFlowLogs',
        'ec2:DescribeInternetGateways',
        'ec2:DescribeLaunchTemplateVersions',
        'ec2:DescribeLaunchTemplates',
        'ec2:DescribeNatGateways',
        'ec2:DescribeNetworkAcls',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribePrefixLists',
        'ec2:DescribeRouteTables',
        'ec2:DescribeSecurityGroupRules',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeSubnets',
        'ec2:DescribeVpcAttribute',
        'ec2:DescribeVpcEndpoints',
        'ec2:DescribeVpcs',
        'ec2:DescribeVpnConnections',
        'ec2:DescribeVpnGateways',
      ],
      resources: ['*'],
      reason: 'Terraform reads what it made to compare it with the plan; EC2 has no resource-level rights for Describe',
      phases,
    },
    {
      sid: 'ReadCluster',
      effect: 'Allow',
      actions: [
        'eks:DescribeAccessEntry',
        'eks:DescribeAddon',
        'eks:DescribeCluster',
        'eks:DescribeNodegroup',
        'eks:DescribePodIdentityAssociation',
        'eks:DescribeUpdate',
        'eks:ListAssociatedAccessPolicies',
      ],
      resources: clusterResources,
      reason: 'Reads back the one cluster of this install, its nodes and entries; nothing inside the cluster',
      phases,
    },
    {
      sid: 'ReadRepositories',
      effect: 'Allow',
      actions: ['ecr:DescribeRepositories', 'ecr:ListTagsForResource'],
      resources: [arn('ecr', 'repository/${prefix}/*')],
      reason: "Reads the settings of the install's own repositories, not the images in them",
      phases,
    },
    {
      sid: 'ReadLogGroups',
      effect: 'Allow',
      actions: ['logs:DescribeLogGroups'],
      resources: ['*'],
      reason: 'Terraform finds a log group by listing; the call has no resource-level rights',
      phases,
    },
    {
      sid: 'ReadLogGroupTags',
      effect: 'Allow',
      actions: ['logs:ListTagsForResource'],
      resources: logGroups,
      reason: 'Terraform compares the tags of its two log groups; the logs in them cannot be read',
      phases,
    },
    {
      sid: 'ReadKeys',
      effect: 'Allow',
      actions: ['kms:DescribeKey'],
      resources: ['${state-key}', '${cluster-key}'],
      reason: 'The base stack finds the two keys by their alias',
      phases,
    },
    {
      sid: 'ReadBudget',
      effect: 'Allow',
      actions: ['budgets:ListTagsForResource', 'budgets:ViewBudget'],
      resources: [budget],
      reason: "Terraform reads the install's own budget back",
      phases,
    },
  ];
}

export const clusterResources = [
  arn('eks', 'cluster/${cluster}'),
  ...['nodegroup', 'addon', 'access-entry', 'podidentityassociation'].map((kind) =>
    arn('eks', `${kind}/\${cluster}/*`),
  ),
];

export const logGroups = ['/aws/eks/${cluster}/cluster', '/landfall/${prefix}/flow'].flatMap((name) => [
  arn('logs', `log-group:${name}`),
  arn('logs', `log-group:${name}:*`),
]);

export const budget = 'arn:${partition}:budgets::${account}:budget/${prefix}-*';
