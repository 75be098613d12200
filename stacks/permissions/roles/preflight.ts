import { arn, iamArn, stateBucket } from '../arns.ts';
import type { Statement } from '../statement.ts';

const preflight = ['preflight'] as const;

/** For whoever runs the preflight (an admin has all of it anyway): reads only. On no role of the install. */
export const preflightPolicies: Readonly<Record<string, readonly Statement[]>> = {
  preflight: [
    {
      sid: 'Look',
      effect: 'Allow',
      actions: [
        'ec2:DescribeAddresses',
        'ec2:DescribeAvailabilityZones',
        'ec2:DescribeInstanceTypeOfferings',
        'ec2:DescribeInstanceTypes',
        'ec2:DescribeInstances',
        'ec2:DescribeNatGateways',
        'ec2:DescribeRegions',
        'ec2:DescribeRouteTables',
        'ec2:DescribeSubnets',
        'ec2:DescribeVpcAttribute',
        'ec2:DescribeVpcEndpoints',
        'ec2:DescribeVpcs',
        'ecr:DescribeRepositories',
        'eks:DescribeClusterVersions',
        'eks:ListClusters',
        'iam:ListPolicies',
        'kms:ListAliases',
        'logs:DescribeLogGroups',
        's3:ListAllMyBuckets',
        'servicequotas:GetAWSDefaultServiceQuota',
        'servicequotas:GetServiceQuota',
      ],
      resources: ['*'],
      reason: 'Quotas and what is used of them, zones, types and names in use; the calls have no narrower resource',
      phases: preflight,
    },
    {
      sid: 'LookForCollisions',
      effect: 'Allow',
      actions: [
        'ecr:ListTagsForResource',
        'eks:DescribeAddon',
        'eks:DescribeCluster',
        'logs:ListTagsForResource',
        's3:GetBucketTagging',
        's3:ListBucket',
      ],
      resources: [
        arn('ecr', 'repository/${prefix}/*'),
        arn('eks', 'cluster/${cluster}'),
        arn('eks', 'addon/${cluster}/*'),
        arn('logs', 'log-group:*'),
        stateBucket,
      ],
      reason: 'Whether a name of the install is taken, and whether by this install itself',
      phases: preflight,
    },
    {
      sid: 'LookAtKeys',
      effect: 'Allow',
      actions: ['kms:DescribeKey', 'kms:ListResourceTags'],
      resources: [arn('kms', 'key/*')],
      reason: 'Whether the keys that the customer names can be used; nothing is encrypted or decrypted',
      phases: preflight,
    },
    {
      sid: 'LookAtLimits',
      effect: 'Allow',
      actions: [
        'organizations:DescribeOrganization',
        'organizations:DescribePolicy',
        'organizations:ListParents',
        'organizations:ListPoliciesForTarget',
      ],
      resources: ['*'],
      reason: "The organisation's policies, where they can be seen from this account",
      phases: preflight,
    },
    {
      sid: 'AskIam',
      effect: 'Allow',
      actions: ['iam:GetPolicy', 'iam:GetRole', 'iam:SimulatePrincipalPolicy'],
      resources: [iamArn('policy/*'), iamArn('role/*'), iamArn('user/*')],
      reason: 'Asks IAM whether the caller may do what the install needs, and under which boundary',
      phases: preflight,
    },
  ],
};
