import type { InstallNames } from '../names.ts';
import type { Statement } from './statement.ts';

/** The ceiling over the install's and the runner's role: whatever policies they ever get, these things stay out of reach. */
export function boundaryStatements(names: InstallNames): Statement[] {
  const iam = names.boundaryArn.split(':policy/')[0];
  return [
    {
      sid: 'Ceiling',
      effect: 'Allow',
      actions: ['*'],
      resources: ['*'],
      reason: 'A boundary grants nothing; the role policies say what is allowed, the lines below what never is',
    },
    {
      sid: 'NoNewIdentities',
      effect: 'Deny',
      actions: [
        'iam:AttachGroupPolicy',
        'iam:AttachRolePolicy',
        'iam:AttachUserPolicy',
        'iam:CreateAccessKey',
        'iam:CreateLoginProfile',
        'iam:CreateOpenIDConnectProvider',
        'iam:CreateRole',
        'iam:CreateSAMLProvider',
        'iam:CreateUser',
        'iam:PutGroupPolicy',
        'iam:PutUserPolicy',
        'iam:UpdateAssumeRolePolicy',
        'iam:UpdateLoginProfile',
        'organizations:*',
        'account:*',
      ],
      resources: ['*'],
      reason: 'No new users, roles, keys or trust: access to the account cannot be handed on',
    },
    {
      sid: 'NoRemovedLimits',
      effect: 'Deny',
      actions: [
        'iam:CreatePolicyVersion',
        'iam:DeletePolicy',
        'iam:DeletePolicyVersion',
        'iam:DeleteRolePermissionsBoundary',
        'iam:PutRolePermissionsBoundary',
        'iam:SetDefaultPolicyVersion',
      ],
      resources: [
        names.boundaryArn,
        ...['network', 'cluster', 'registry', 'state'].map(
          (policy) => `${iam}:policy/${names.prefix}-install-${policy}`,
        ),
        `${iam}:policy/${names.prefix}-runner`,
        `${iam}:policy/${names.prefix}-product`,
        `${iam}:role/*`,
      ],
      reason: "The boundary and the policies of these roles are the customer's alone",
    },
    {
      sid: 'NoWiderRoles',
      effect: 'Deny',
      actions: ['iam:PutRolePolicy'],
      notResources: [names.roles.install.arn],
      reason: "An inline policy is only ever the one that ends the install role's sessions; no role is widened by one",
    },
    {
      sid: 'NoOpenedState',
      effect: 'Deny',
      actions: [
        's3:DeleteBucket',
        's3:DeleteBucketPolicy',
        's3:PutBucket*',
        's3:PutEncryptionConfiguration',
        's3:PutLifecycleConfiguration',
        's3:PutReplicationConfiguration',
      ],
      resources: [`arn:${names.partition}:s3:::${names.stateBucket}`],
      reason:
        'Product permissions name buckets by prefix: whatever they say, who may enter the state bucket stays as it is',
    },
    {
      sid: 'NoSecrets',
      effect: 'Deny',
      actions: ['secretsmanager:GetSecretValue', 'ssm:GetParameter', 'ssm:GetParameters', 'ssm:GetParametersByPath'],
      resources: ['*'],
      reason: "The customer's secrets are never read",
    },
    {
      sid: 'NoForeignObjects',
      effect: 'Deny',
      actions: ['s3:GetObject', 's3:GetObjectVersion'],
      notResources: [`arn:${names.partition}:s3:::${names.prefix}-*/*`],
      reason: "Data in buckets that are not the install's own is never read",
    },
    {
      sid: 'NoAccountState',
      effect: 'Deny',
      actions: ['s3:DeleteObject', 's3:GetObject', 's3:PutObject', 's3:DeleteObjectVersion', 's3:GetObjectVersion'],
      resources: [`arn:${names.partition}:s3:::${names.stateBucket}/account/*`],
      reason: "The account stack's own state is the customer's",
    },
    {
      sid: 'NoBlindness',
      effect: 'Deny',
      actions: [
        'cloudtrail:DeleteTrail',
        'cloudtrail:StopLogging',
        'cloudtrail:UpdateTrail',
        'config:Delete*',
        'guardduty:Delete*',
      ],
      resources: ['*'],
      reason: "The customer's audit cannot be switched off",
    },
  ];
}
