import type { Statement } from '../statement.ts';

const census = ['census'] as const;
const inAccount = (service: string, resource: string): string =>
  `arn:\${partition}:${service}:*:\${account}:${resource}`;

/** Who from outside may enter: reads trust and resource policies in the whole account, and nothing they protect. */
export function censusStatements(): Statement[] {
  return [
    {
      sid: 'CensusLists',
      effect: 'Allow',
      actions: [
        'ec2:DescribeVpcEndpointServiceConfigurations',
        'ec2:DescribeVpcEndpointServicePermissions',
        'ec2:DescribeVpcEndpoints',
        'ec2:DescribeVpcPeeringConnections',
        'ecr:GetRegistryPolicy',
        'eks:ListClusters',
        'iam:ListOpenIDConnectProviders',
        'iam:ListRoles',
        'iam:ListSAMLProviders',
        'iam:ListUsers',
        'kms:ListKeys',
        'lambda:ListFunctions',
        'lambda:ListLayerVersions',
        'lambda:ListLayers',
        'organizations:DescribeOrganization',
        'organizations:ListDelegatedAdministrators',
        'ram:GetResourceShareAssociations',
        's3:ListAllMyBuckets',
        'secretsmanager:ListSecrets',
        'sns:ListTopics',
        'sqs:ListQueues',
      ],
      resources: ['*'],
      reason:
        'A census that sees only named things proves nothing about the others; Lambda has no narrower list, the settings in it are not looked at',
      phases: census,
    },
    {
      sid: 'CensusPolicies',
      effect: 'Allow',
      actions: [
        'ecr:DescribeRepositories',
        'ecr:GetRepositoryPolicy',
        'eks:DescribeCluster',
        'eks:ListAccessEntries',
        'eks:ListIdentityProviderConfigs',
        'iam:GetLoginProfile',
        'iam:ListAccessKeys',
        'kms:GetKeyPolicy',
        'kms:ListGrants',
        'lambda:GetLayerVersionPolicy',
        'lambda:GetPolicy',
        'lambda:ListAliases',
        'lambda:ListVersionsByFunction',
        's3:GetBucketAcl',
        's3:GetBucketOwnershipControls',
        's3:GetBucketPolicy',
        'secretsmanager:GetResourcePolicy',
        'sns:GetTopicAttributes',
        'sqs:GetQueueAttributes',
      ],
      resources: [
        inAccount('ecr', 'repository/*'),
        inAccount('eks', 'cluster/*'),
        'arn:${partition}:iam::${account}:user/*',
        inAccount('kms', 'key/*'),
        inAccount('lambda', 'function:*'),
        inAccount('lambda', 'layer:*'),
        'arn:${partition}:s3:::*',
        inAccount('secretsmanager', 'secret:*'),
        inAccount('sns', '*'),
        inAccount('sqs', '*'),
      ],
      reason: 'Reads who is named in each policy of the account: no object, value, message, image or code',
      phases: census,
    },
  ];
}
