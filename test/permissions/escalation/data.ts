import { arn, stateBucket, stateKey, type EscalationPath } from './escalation-path.ts';

/** Keys, states, secrets, images. */
export const dataPaths: readonly EscalationPath[] = [
  // Keys, data, secrets.
  { name: 'open the state key', action: 'kms:PutKeyPolicy', resource: stateKey },
  {
    name: 'grant the state key to an outsider',
    action: 'kms:CreateGrant',
    resource: stateKey,
    context: { 'kms:GranteePrincipal': 'arn:aws:iam::999999999999:role/outsider', 'aws:ViaAWSService': 'false' },
  },
  {
    name: 'grant the cluster key to an outsider',
    action: 'kms:CreateGrant',
    resource: arn('kms', 'key/22222222-2222-4222-8222-222222222222'),
    context: { 'kms:GranteePrincipal': 'arn:aws:iam::999999999999:role/outsider', 'aws:ViaAWSService': 'false' },
  },
  { name: 'delete the state key', action: 'kms:ScheduleKeyDeletion', resource: stateKey },
  {
    name: 'decrypt with a foreign key',
    action: 'kms:Decrypt',
    resource: arn('kms', 'key/99999999-9999-4999-8999-999999999999'),
  },
  { name: 'open the state bucket', action: 's3:PutBucketPolicy', resource: stateBucket },
  { name: 'have the state bucket copied elsewhere', action: 's3:PutReplicationConfiguration', resource: stateBucket },
  { name: 'read the account’s state', action: 's3:GetObject', resource: `${stateBucket}/account/terraform.tfstate` },
  { name: 'read a foreign bucket', action: 's3:GetObject', resource: 'arn:aws:s3:::payroll/salaries.csv' },
  {
    name: 'read a secret',
    action: 'secretsmanager:GetSecretValue',
    resource: arn('secretsmanager', 'secret:payroll-abcdef'),
  },
  {
    name: 'let an outsider read a secret',
    action: 'secretsmanager:PutResourcePolicy',
    resource: arn('secretsmanager', 'secret:payroll-abcdef'),
  },
  {
    name: 'read what a parameter was and is',
    action: 'ssm:GetParameterHistory',
    resource: arn('ssm', 'parameter/payroll'),
  },
  { name: 'read a parameter', action: 'ssm:GetParameter', resource: arn('ssm', 'parameter/payroll') },
  {
    name: 'read a log',
    action: 'logs:GetLogEvents',
    resource: arn('logs', 'log-group:/aws/eks/lf-acme/cluster:log-stream:a'),
  },
  {
    name: 'open a repository to an outsider',
    action: 'ecr:SetRepositoryPolicy',
    resource: arn('ecr', 'repository/lf-acme/landfall/runner'),
  },
  {
    name: 'delete the image of the runner',
    action: 'ecr:BatchDeleteImage',
    resource: arn('ecr', 'repository/lf-acme/landfall/runner'),
    context: { 'aws:ResourceTag/landfall.dev/prefix': 'lf-acme' },
  },
  {
    name: 'delete an image of somebody else',
    action: 'ecr:BatchDeleteImage',
    resource: arn('ecr', 'repository/payroll/app'),
    context: { 'aws:ResourceTag/landfall.dev/prefix': 'lf-acme' },
  },
  { name: 'copy the registry elsewhere', action: 'ecr:PutReplicationConfiguration', resource: '*' },
  {
    name: 'share a snapshot',
    action: 'ec2:ModifySnapshotAttribute',
    resource: 'arn:aws:ec2:eu-central-1::snapshot/snap-0',
  },
  { name: 'share a resource with another account', action: 'ram:CreateResourceShare', resource: '*' },
];
