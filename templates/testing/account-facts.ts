import {
  GetPolicyVersionCommand,
  GetRoleCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListPoliciesCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
} from '@aws-sdk/client-iam';
import { GetBucketEncryptionCommand, GetBucketTaggingCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';

export type AccountOptions = {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
};

export type AccountFacts = {
  policies: Record<string, unknown>;
  roles: Record<string, { attached: string[]; [fact: string]: unknown }>;
  buckets: object;
};

/** Everything of an account stack that IAM and S3 tell, with what differs by nature (ids, dates) left out. */
export async function accountFacts(options: AccountOptions, prefix: string): Promise<AccountFacts> {
  const iam = new IAMClient(options);
  const { Policies = [] } = await iam.send(new ListPoliciesCommand({ Scope: 'Local' }));
  const policies: Record<string, unknown> = {};
  for (const { Arn, DefaultVersionId, PolicyName = '' } of Policies) {
    const { PolicyVersion } = await iam.send(
      new GetPolicyVersionCommand({ PolicyArn: Arn, VersionId: DefaultVersionId }),
    );
    policies[PolicyName] = document(PolicyVersion?.Document);
  }
  const { Roles = [] } = await iam.send(new ListRolesCommand({}));
  const roles: AccountFacts['roles'] = {};
  for (const { RoleName = '' } of Roles.filter((role) => role.RoleName?.startsWith(prefix))) {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
    const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
    const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
    roles[RoleName] = {
      trust: document(Role?.AssumeRolePolicyDocument),
      longest: Role?.MaxSessionDuration,
      boundary: Role?.PermissionsBoundary?.PermissionsBoundaryArn,
      tags: Role?.Tags?.toSorted((a, b) => `${a.Key}`.localeCompare(`${b.Key}`)),
      attached: AttachedPolicies.map(({ PolicyArn = '' }) => PolicyArn).toSorted(),
      inline: PolicyNames,
    };
  }
  return { policies, roles, buckets: await bucketFacts(options, prefix) };
}

/** moto's CloudFormation leaves versioning, bucket keys and the bucket's policy out: a unit test compares those. */
async function bucketFacts(options: AccountOptions, prefix: string): Promise<object> {
  const s3 = new S3Client({ ...options, forcePathStyle: true });
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
  const facts: Record<string, unknown> = {};
  for (const { Name = '' } of Buckets.filter((bucket) => bucket.Name?.startsWith(prefix))) {
    const Bucket = Name;
    const { ServerSideEncryptionConfiguration } = await s3.send(new GetBucketEncryptionCommand({ Bucket }));
    const { TagSet } = await s3.send(new GetBucketTaggingCommand({ Bucket }));
    const encryption = ServerSideEncryptionConfiguration?.Rules?.map((rule) => rule.ApplyServerSideEncryptionByDefault);
    facts[Name] = { encryption, TagSet };
  }
  return facts;
}

/** Actions have no order in IAM; both ways write them as they were generated. */
function document(text: string | undefined): unknown {
  return JSON.parse(decodeURIComponent(text ?? 'null'));
}
