import { prefixTag } from '../../../contract/index.ts';
import { componentStatePrefix } from '../../names.ts';
import { arn, policy, role, secrets, stateBucket } from '../arns.ts';
import { censusStatements } from './census.ts';
import { registryLogin, stateKey } from './shared-statements.ts';
import type { Statement } from '../statement.ts';

const run = ['run'] as const;

/** What stays. The product's rights are a policy of their own, and so is the census, which can be left out. */
export const runnerPolicies: Readonly<Record<string, readonly Statement[]>> = {
  runner: [
    {
      sid: 'ListStateBucket',
      effect: 'Allow',
      actions: ['s3:ListBucket'],
      resources: [stateBucket],
      reason: 'Terraform asks whether a state is there',
      phases: run,
    },
    {
      sid: 'ComponentStates',
      effect: 'Allow',
      actions: ['s3:DeleteObject', 's3:GetObject', 's3:PutObject'],
      resources: [`${stateBucket}/${componentStatePrefix}*`],
      reason: "Reads and writes the states and locks of the product's Terraform components",
      phases: run,
    },
    stateKey(run),
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
        'ecr:GetLifecyclePolicy',
        'ecr:InitiateLayerUpload',
        'ecr:ListImages',
        'ecr:ListTagsForResource',
        'ecr:PutImage',
        'ecr:TagResource',
        'ecr:UploadLayerPart',
      ],
      resources: [arn('ecr', 'repository/${prefix}/*')],
      reason: "Copies what a release names into the customer's registry and reads it from there",
      phases: run,
    },
    {
      sid: 'TidyMirror',
      effect: 'Allow',
      actions: ['ecr:BatchDeleteImage'],
      resources: [arn('ecr', 'repository/${prefix}/*')],
      conditions: { StringEquals: { [`aws:ResourceTag/${prefixTag}`]: '${prefix}' } },
      reason: 'Removes what no kept release needs, out of repositories that the runner has made and marked itself',
      phases: run,
    },
    {
      sid: 'MirrorKey',
      effect: 'Allow',
      actions: ['kms:CreateGrant', 'kms:DescribeKey'],
      resources: ['${cluster-key}'],
      conditions: { StringEquals: { 'kms:ViaService': 'ecr.${region}.amazonaws.com' } },
      reason: 'Where the customer has chosen a key: ECR encrypts new repositories by a grant that it asks for itself',
      phases: run,
    },
    registryLogin(run),
    {
      sid: 'ReadSecrets',
      effect: 'Allow',
      actions: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
      resources: [secrets],
      reason:
        'Secret inputs that the customer keeps in Secrets Manager under the name of the install are copied into the cluster',
      phases: run,
    },
    {
      sid: 'ReadCluster',
      effect: 'Allow',
      actions: ['eks:DescribeCluster', 'eks:ListAccessEntries'],
      resources: [arn('eks', 'cluster/${cluster}')],
      reason: 'Knows its own cluster and who may enter it',
      phases: run,
    },
    {
      sid: 'EndInstallAccessToCluster',
      effect: 'Allow',
      actions: ['eks:DeleteAccessEntry', 'eks:DescribeAccessEntry', 'eks:ListAssociatedAccessPolicies'],
      resources: [
        arn('eks', 'cluster/${cluster}'),
        arn('eks', 'access-entry/${cluster}/role/${account}/${prefix}-install/*'),
      ],
      reason: "Takes the install role's entry to the cluster away, and sees that it is gone",
      phases: ['hand-off', 'run'],
    },
    {
      sid: 'EndInstallSessions',
      effect: 'Allow',
      actions: ['iam:AttachRolePolicy'],
      resources: [role('install')],
      conditions: { ArnEquals: { 'iam:PolicyARN': policy('ended') } },
      reason: 'Denies the older sessions of the install role everything: this one policy may be attached, no other',
      phases: ['hand-off', 'run'],
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
      ],
      resources: [role('install')],
      reason: 'Detaches the policies of the install role and deletes it: this one role only',
      phases: ['hand-off', 'run'],
    },
    {
      sid: 'BecomeUpgradeRole',
      effect: 'Allow',
      actions: ['sts:AssumeRole', 'sts:TagSession'],
      resources: [role('upgrade')],
      reason: 'Upgrades of the base layer are made under a role of their own, for as long as they take',
      phases: ['upgrade'],
    },
    {
      sid: 'WatchUpdates',
      effect: 'Allow',
      actions: ['eks:DescribeNodegroup', 'eks:DescribeUpdate', 'eks:ListNodegroups', 'eks:ListUpdates'],
      resources: [arn('eks', 'cluster/${cluster}'), arn('eks', 'nodegroup/${cluster}/*')],
      reason: 'An update that AWS is still carrying out is waited for',
      phases: ['upgrade'],
    },
    {
      sid: 'ReadOwnRights',
      effect: 'Allow',
      actions: ['iam:GetPolicy', 'iam:GetPolicyVersion', 'iam:ListAttachedRolePolicies'],
      resources: [policy('product'), policy('upgrade-*'), role('runner'), role('upgrade')],
      reason: 'Compares what a release needs with what the account gives before anything is touched',
      phases: run,
    },
  ],
  'runner-census': censusStatements(),
};
