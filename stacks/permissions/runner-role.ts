import { LandfallError, type Permission } from '../../contract/index.ts';
import { componentStatePrefix, type InstallNames, type Place } from '../names.ts';
import type { Statement } from './statement.ts';

/** What stays: the runner's own rights. Its product's rights are a policy of their own. */
export function runnerRoleStatements(place: Place, names: InstallNames): Statement[] {
  const arn = (service: string, resource: string): string =>
    `arn:${names.partition}:${service}:${place.region}:${place.accountId}:${resource}`;
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
      sid: 'ComponentStates',
      effect: 'Allow',
      actions: ['s3:DeleteObject', 's3:GetObject', 's3:PutObject'],
      resources: [`${bucket}/${componentStatePrefix}*`],
      reason: "Reads and writes the states and locks of the product's Terraform components",
    },
    {
      sid: 'StateKey',
      effect: 'Allow',
      actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey'],
      resources: ['@state-key'],
      reason: 'The states are encrypted with this key',
    },
    {
      sid: 'Mirror',
      effect: 'Allow',
      actions: [
        'ecr:BatchCheckLayerAvailability',
        'ecr:BatchGetImage',
        'ecr:CompleteLayerUpload',
        'ecr:CreateRepository',
        'ecr:DescribeImages',
        'ecr:DescribeRepositories',
        'ecr:GetDownloadUrlForLayer',
        'ecr:InitiateLayerUpload',
        'ecr:ListImages',
        'ecr:ListTagsForResource',
        'ecr:PutImage',
        'ecr:PutImageScanningConfiguration',
        'ecr:PutImageTagMutability',
        'ecr:TagResource',
        'ecr:UploadLayerPart',
      ],
      resources: [arn('ecr', `repository/${names.prefix}/*`)],
      reason: "Copies what a release names into the customer's registry and reads it from there",
    },
    {
      sid: 'RegistryLogin',
      effect: 'Allow',
      actions: ['ecr:GetAuthorizationToken'],
      resources: ['*'],
      reason: 'The registry login; the call has no resource-level rights',
    },
    {
      sid: 'ReadCluster',
      effect: 'Allow',
      actions: ['eks:DescribeCluster', 'eks:ListAccessEntries'],
      resources: [arn('eks', `cluster/${names.cluster}`)],
      reason: 'Knows its own cluster and who may enter it',
    },
    {
      sid: 'EndInstallAccessToCluster',
      effect: 'Allow',
      actions: ['eks:DeleteAccessEntry', 'eks:DescribeAccessEntry', 'eks:ListAssociatedAccessPolicies'],
      resources: [
        arn('eks', `cluster/${names.cluster}`),
        arn('eks', `access-entry/${names.cluster}/role/${place.accountId}/${names.roles.install.name}/*`),
      ],
      reason: "Takes the install role's entry to the cluster away, and sees that it is gone",
    },
    {
      sid: 'EndInstallRole',
      effect: 'Allow',
      actions: [
        'iam:DeleteRole',
        'iam:DeleteRolePolicy',
        'iam:DetachRolePolicy',
        'iam:GetRole',
        'iam:GetRolePolicy',
        'iam:ListAttachedRolePolicies',
        'iam:ListInstanceProfilesForRole',
        'iam:ListRolePolicies',
        'iam:PutRolePolicy',
      ],
      resources: [names.roles.install.arn],
      reason: 'Denies the older sessions of the install role, detaches its policies and deletes it: this one role only',
    },
  ];
}

/** The release's statements for this install: placeholders filled in, every resource in this account or under the install's prefix. */
export function productStatements(place: Place, names: InstallNames, permissions: readonly Permission[]): Statement[] {
  const values: Record<string, string> = {
    prefix: names.prefix,
    account: place.accountId,
    region: place.region,
    partition: names.partition,
  };
  return permissions.map((permission) => ({
    sid: permission.sid,
    effect: 'Allow',
    actions: permission.actions,
    resources: permission.resources.map((resource) =>
      resource.replaceAll(/\$\{([^}]*)\}/g, (_, name: string) => {
        const value = values[name];
        if (value !== undefined) return value;
        throw new LandfallError(
          'LF-STACKS-003',
          `permission ${permission.sid} uses \${${name}}; known are ${Object.keys(values).join(', ')}`,
        );
      }),
    ),
    reason: permission.reason,
  }));
}
