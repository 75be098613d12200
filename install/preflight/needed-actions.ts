import type { Wanted } from './wanted.ts';

/** What the customer's admin needs to apply the account stack: IAM is asked about exactly these. */
const accountStack = [
  'iam:AttachRolePolicy',
  'iam:CreatePolicy',
  'iam:CreateRole',
  'iam:GetPolicy',
  'iam:GetPolicyVersion',
  'iam:GetRole',
  'iam:ListAttachedRolePolicies',
  'iam:ListRolePolicies',
  'iam:TagPolicy',
  'iam:TagRole',
  's3:CreateBucket',
  's3:DeleteObject',
  's3:GetAccelerateConfiguration',
  's3:GetBucketAcl',
  's3:GetBucketCORS',
  's3:GetBucketLogging',
  's3:GetBucketObjectLockConfiguration',
  's3:GetBucketPolicy',
  's3:GetBucketPublicAccessBlock',
  's3:GetBucketRequestPayment',
  's3:GetBucketTagging',
  's3:GetBucketVersioning',
  's3:GetBucketWebsite',
  's3:GetEncryptionConfiguration',
  's3:GetLifecycleConfiguration',
  's3:GetObject',
  's3:GetReplicationConfiguration',
  's3:ListBucket',
  's3:PutBucketPolicy',
  's3:PutBucketPublicAccessBlock',
  's3:PutBucketTagging',
  's3:PutBucketVersioning',
  's3:PutEncryptionConfiguration',
  's3:PutObject',
] as const;

const ownKeys = [
  'kms:CreateAlias',
  'kms:CreateKey',
  'kms:DescribeKey',
  'kms:EnableKeyRotation',
  'kms:GetKeyPolicy',
  'kms:GetKeyRotationStatus',
  'kms:ListAliases',
  'kms:ListResourceTags',
  'kms:TagResource',
] as const;

/** S3 asks for these on behalf of whoever reads and writes a state. */
const forStates = ['kms:Decrypt', 'kms:GenerateDataKey'] as const;

export function neededActions(wanted: Pick<Wanted, 'stateKeyArn' | 'clusterKeyArn'>): string[] {
  const makesKeys = wanted.stateKeyArn === undefined || wanted.clusterKeyArn === undefined;
  return [...accountStack, ...forStates, ...(makesKeys ? ownKeys : ['kms:DescribeKey'])];
}

/** What the install itself will do later: looked for in service control policies, which bind every role of the account. */
export const laterActions = [
  'ec2:AllocateAddress',
  'ec2:CreateInternetGateway',
  'ec2:CreateNatGateway',
  'ec2:CreateVpc',
  'ec2:RunInstances',
  'ecr:CreateRepository',
  'eks:CreateCluster',
  'eks:CreateNodegroup',
  'iam:PassRole',
  'logs:CreateLogGroup',
] as const;
