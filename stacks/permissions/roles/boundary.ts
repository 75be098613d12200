import { stateKeys } from '../../names.ts';
import { arn, policy, role, secrets, stateBucket } from '../arns.ts';
import type { Phase } from '../phase.ts';
import type { Statement } from '../statement.ts';

const always: readonly Phase[] = ['install', 'hand-off', 'run', 'upgrade', 'teardown'];
const deny = (
  sid: string,
  actions: readonly string[],
  rest: Pick<Statement, 'resources' | 'notResources' | 'conditions' | 'reason'>,
): Statement => ({ sid, effect: 'Deny', actions, ...rest, phases: always });

/** What stays out of reach of every role of the install, whatever policies it ever gets. */
export const limits: readonly Statement[] = [
  deny(
    'NoNewIdentities',
    [
      'account:*',
      'iam:AddRoleToInstanceProfile',
      'iam:AddUserToGroup',
      'iam:AttachGroupPolicy',
      'iam:AttachUserPolicy',
      'iam:CreateAccessKey',
      'iam:CreateLoginProfile',
      'iam:CreateOpenIDConnectProvider',
      'iam:CreateRole',
      'iam:CreateSAMLProvider',
      'iam:CreateUser',
      'iam:Put*Policy',
      'iam:UpdateAssumeRolePolicy',
      'iam:UpdateLoginProfile',
      'iam:UpdateOpenIDConnectProviderThumbprint',
      'iam:UpdateSAMLProvider',
    ],
    { resources: ['*'], reason: 'No new users, roles, keys or trust: access to the account cannot be handed on' },
  ),
  deny('NoWiderRoles', ['iam:AttachRolePolicy'], {
    resources: ['*'],
    conditions: { ArnNotEquals: { 'iam:PolicyARN': policy('ended') } },
    reason: 'The one policy that may be attached denies everything; no role is widened',
  }),
  deny('NoForeignRoles', ['iam:AttachRolePolicy', 'iam:DeleteRole', 'iam:DetachRolePolicy', 'iam:DeleteRolePolicy'], {
    notResources: [role('install')],
    reason: 'Only the install role is ever ended; the roles of others are left alone',
  }),
  deny('NoForeignPass', ['iam:PassRole'], {
    notResources: [role('*')],
    reason: 'No role but those of this install is handed to a service, whatever a release asks for',
  }),
  deny('NoOtherService', ['iam:PassRole'], {
    resources: ['*'],
    conditions: {
      StringNotEquals: {
        'iam:PassedToService': [
          'ec2.amazonaws.com',
          'eks.amazonaws.com',
          'pods.eks.amazonaws.com',
          'vpc-flow-logs.amazonaws.com',
        ],
      },
    },
    reason: 'And only to the services that work as them: no function, job or stack gets a role of the install',
  }),
  deny('NoForeignSessions', ['sts:AssumeRole'], {
    notResources: [role('upgrade')],
    reason: 'No role becomes another, but the runner the upgrade role',
  }),
  deny(
    'NoRemovedLimits',
    [
      'iam:CreatePolicyVersion',
      'iam:DeletePolicy',
      'iam:DeletePolicyVersion',
      'iam:DeleteRolePermissionsBoundary',
      'iam:PutRolePermissionsBoundary',
      'iam:SetDefaultPolicyVersion',
    ],
    { resources: ['*'], reason: "The boundary and the policies of the account are the customer's alone" },
  ),
  deny('NoForeignEntries', ['eks:CreateAccessEntry'], {
    resources: ['*'],
    conditions: { ArnNotEquals: { 'eks:principalArn': [role('install'), role('teardown')] } },
    reason: 'Nobody but these two roles is ever let into a cluster, each by itself',
  }),
  deny('NoForeignAdmins', ['eks:AssociateAccessPolicy'], {
    notResources: ['install', 'teardown'].map((kind) =>
      arn('eks', `access-entry/*/role/\${account}/\${prefix}-${kind}/*`),
    ),
    reason: 'And no other entry is made an admin’s',
  }),
  deny('NoOtherDoors', ['eks:AssociateIdentityProviderConfig', 'eks:UpdateAccessEntry'], {
    resources: ['*'],
    reason: 'Entries keep their groups, and no other identity provider is trusted by the cluster',
  }),
  deny(
    'NoOpenedState',
    [
      's3:DeleteBucket*',
      's3:PutBucket*',
      's3:PutEncryptionConfiguration',
      's3:PutLifecycleConfiguration',
      's3:PutReplicationConfiguration',
    ],
    {
      resources: [stateBucket],
      reason:
        'Product permissions name buckets by prefix: whatever they say, who may enter the state bucket stays as it is',
    },
  ),
  deny('NoOpenedKeys', ['kms:DisableKey', 'kms:PutKeyPolicy', 'kms:ReplicateKey', 'kms:ScheduleKeyDeletion'], {
    resources: ['${state-key}', '${cluster-key}'],
    reason: 'Who may use the two keys of the install stays as it is, and so do the keys',
  }),
  deny('NoGrantsByHand', ['kms:CreateGrant'], {
    resources: ['${state-key}', '${cluster-key}'],
    conditions: { BoolIfExists: { 'aws:ViaAWSService': 'false' } },
    reason: 'Only AWS services, asking for themselves, get a grant on a key of the install',
  }),
  deny('NoForeignImages', ['ecr:BatchDeleteImage'], {
    notResources: [arn('ecr', 'repository/${prefix}/*')],
    reason: 'Images are removed out of the mirror only',
  }),
  deny('NoDeletedRunner', ['ecr:BatchDeleteImage'], {
    resources: [arn('ecr', 'repository/${prefix}/landfall/*')],
    reason: "And never the runner's own: what runs must be able to start again",
  }),
  deny(
    'NoSharing',
    [
      'ec2:CreateVpcPeeringConnection',
      'ec2:ModifyImageAttribute',
      'ec2:ModifySnapshotAttribute',
      'ecr:PutRegistryPolicy',
      'ecr:PutReplicationConfiguration',
      'ecr:SetRepositoryPolicy',
      'ram:AssociateResourceShare',
      'ram:CreateResourceShare',
      'secretsmanager:PutResourcePolicy',
    ],
    { resources: ['*'], reason: 'Images, disks, networks and secrets are shared with no other account' },
  ),
  deny('NoSecrets', ['secretsmanager:BatchGetSecretValue', 'ssm:GetParameter*'], {
    resources: ['*'],
    reason: "The customer's parameters are never read, and no secrets many at a time",
  }),
  deny('NoSecretsForOthers', ['secretsmanager:GetSecretValue'], {
    resources: ['*'],
    conditions: { ArnNotEquals: { 'aws:PrincipalArn': role('runner') } },
    reason: 'Secrets are read by the runner alone: the install role and the upgrade role read none at all',
  }),
  deny(
    'NoWayOntoMachines',
    [
      'ec2-instance-connect:*',
      'ec2:CreateReplaceRootVolumeTask',
      'ec2:GetConsole*',
      'ec2:GetPasswordData',
      'ec2:ModifyInstanceAttribute',
      'ssm:*Association*',
      'ssm:*MaintenanceWindow*',
      'ssm:*Session',
      'ssm:SendCommand',
      'ssm:Start*Execution',
    ],
    { resources: ['*'], reason: 'Nobody gets onto a machine or changes how it starts' },
  ),
  deny('NoForeignData', ['s3:GetObject', 's3:GetObjectVersion', 'secretsmanager:GetSecretValue'], {
    notResources: ['arn:${partition}:s3:::${prefix}-*/*', secrets],
    reason:
      "Data in buckets that are not the install's own is never read, and no secret that the customer has not named after it",
  }),
  deny(
    'NoAccountState',
    ['s3:DeleteObject', 's3:DeleteObjectVersion', 's3:GetObject', 's3:GetObjectVersion', 's3:PutObject'],
    {
      resources: [`${stateBucket}/${stateKeys.account.split('/')[0]}/*`],
      reason: "The account stack's own state is the customer's",
    },
  ),
  deny(
    'NoBlindness',
    [
      'cloudtrail:DeleteTrail',
      'cloudtrail:PutEventSelectors',
      'cloudtrail:StopLogging',
      'cloudtrail:UpdateTrail',
      'config:Delete*',
      'config:StopConfigurationRecorder',
      'guardduty:Delete*',
      'guardduty:UpdateDetector',
    ],
    { resources: ['*'], reason: "The customer's audit cannot be switched off" },
  ),
  deny(
    'NoOrganisation',
    ['Attach', 'Close', 'Create', 'Delete', 'Deregister', 'Detach', 'Disable', 'Enable', 'Invite', 'Leave', 'Move']
      .concat(['Put', 'Register', 'Remove', 'Update'])
      .map((verb) => `organizations:${verb}*`),
    { resources: ['*'], reason: 'The organisation stays as it is; the census may look at it' },
  ),
];

/** As a permissions boundary a policy must allow what it does not deny. Never attach this one: attached, it would grant. */
export const boundaryPolicy: readonly Statement[] = [
  {
    sid: 'Ceiling',
    effect: 'Allow',
    actions: ['*'],
    resources: ['*'],
    reason: 'A boundary grants nothing; the role policies say what is allowed, the lines below what never is',
    phases: always,
  },
  ...limits,
];

/** Attached to the install role at the end: also sessions that are already there can do nothing more. */
export const endedPolicy: readonly Statement[] = [
  {
    sid: 'Ended',
    effect: 'Deny',
    actions: ['*'],
    resources: ['*'],
    reason: 'The install is over: every session of its role, old or new, is denied everything',
    phases: ['hand-off', 'run'],
  },
];
