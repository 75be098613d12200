import * as z from 'zod';
import type { Json, JsonObject } from '../../contract/index.ts';
import { type AccountInputsGiven, installNames } from '../../stacks/index.ts';
import { accountTemplate } from '../cloudformation/account/template.ts';
import { accountDefaultsOf } from '../install-templates.ts';
import { resolveTemplate } from './resolve-template.ts';
import { type Call, call, type Step } from './step.ts';

const property = z.record(z.string(), z.json());

/**
 * The account stack call by call. Read off the template, so that there is no third list of roles and policies: a resource that
 * the install's choices leave out is left out here.
 */
export function accountSteps(inputs: AccountInputsGiven): Step[] {
  const defaults = accountDefaultsOf(inputs);
  const template = accountTemplate(defaults, inputs.productPermissions ?? []);
  const made = resolveTemplate(template, {
    ...{ 'AWS::AccountId': inputs.accountId, 'AWS::Region': inputs.region },
    'AWS::Partition': installNames(inputs).partition,
  });
  const ofType = (type: string): JsonObject[] => made.flatMap((each) => (each.type === type ? [each.properties] : []));
  const tags = { 'landfall:install': inputs.installId };
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  return [
    {
      title: 'Keys',
      why: 'One for Terraform states, one for the secrets of the cluster. Where you named keys of your own, there is nothing to do.',
      calls: ofType('AWS::KMS::Key').flatMap((key, i) => keyCalls(key, ofType('AWS::KMS::Alias')[i] ?? {}, tags)),
    },
    {
      title: 'State bucket',
      why: 'Where the Terraform states are: versioned, encrypted, never public, over TLS only.',
      calls: ofType('AWS::S3::Bucket').flatMap((bucket) =>
        bucketCalls(bucket, ofType('AWS::S3::BucketPolicy')[0] ?? {}, inputs.region),
      ),
    },
    {
      title: 'Policies',
      why: 'What each role may do, and the boundary over all of them; docs/permissions.md gives the reason of every statement.',
      calls: ofType('AWS::IAM::ManagedPolicy').map(({ ManagedPolicyName, PolicyDocument }) =>
        call('iam', 'CreatePolicy', {
          PolicyName: ManagedPolicyName ?? '',
          PolicyDocument: documentText(PolicyDocument),
          Tags,
        }),
      ),
    },
    {
      title: 'Roles',
      why: 'The install role is the one that comes from outside the cluster; delete it when the install has ended.',
      calls: ofType('AWS::IAM::Role').flatMap(roleCalls),
    },
  ];
}

function keyCalls(key: JsonObject, alias: JsonObject, tags: Record<string, string>): Call[] {
  const name = z.string().parse(alias['AliasName']).endsWith('-state') ? 'STATE_KEY' : 'CLUSTER_KEY';
  return [
    call(
      'kms',
      'CreateKey',
      {
        Description: key['Description'] ?? '',
        Tags: Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
      },
      { remember: { name, path: 'KeyMetadata.Arn' } },
    ),
    call('kms', 'EnableKeyRotation', { KeyId: `\${${name}}` }),
    call('kms', 'CreateAlias', { AliasName: alias['AliasName'] ?? '', TargetKeyId: `\${${name}}` }),
  ];
}

function bucketCalls(bucket: JsonObject, policy: JsonObject, region: string): Call[] {
  const Bucket = bucket['BucketName'] ?? '';
  const encryption = property.parse(bucket['BucketEncryption']);
  const rules = z.array(property).parse(encryption['ServerSideEncryptionConfiguration']);
  const where: JsonObject = region === 'us-east-1' ? {} : { CreateBucketConfiguration: { LocationConstraint: region } };
  return [
    call('s3', 'CreateBucket', { Bucket, ...where }),
    call('s3', 'PutBucketVersioning', { Bucket, VersioningConfiguration: bucket['VersioningConfiguration'] ?? {} }),
    call('s3', 'PutBucketEncryption', {
      Bucket,
      ServerSideEncryptionConfiguration: {
        Rules: rules.map(({ ServerSideEncryptionByDefault, BucketKeyEnabled }) => ({
          ApplyServerSideEncryptionByDefault: ServerSideEncryptionByDefault ?? {},
          BucketKeyEnabled: BucketKeyEnabled ?? true,
        })),
      },
    }),
    call('s3', 'PutPublicAccessBlock', {
      Bucket,
      PublicAccessBlockConfiguration: bucket['PublicAccessBlockConfiguration'] ?? {},
    }),
    call('s3', 'PutBucketPolicy', { Bucket, Policy: documentText(policy['PolicyDocument']) }),
    call('s3', 'PutBucketTagging', { Bucket, Tagging: { TagSet: bucket['Tags'] ?? [] } }),
  ];
}

function roleCalls(role: JsonObject): Call[] {
  const { RoleName = '', AssumeRolePolicyDocument, MaxSessionDuration = 3600, PermissionsBoundary, Tags = [] } = role;
  const attached = z.array(z.string()).parse(role['ManagedPolicyArns'] ?? []);
  return [
    call('iam', 'CreateRole', {
      RoleName,
      AssumeRolePolicyDocument: documentText(AssumeRolePolicyDocument),
      MaxSessionDuration,
      ...(PermissionsBoundary === undefined ? {} : { PermissionsBoundary }),
      Tags,
    }),
    ...attached.map((PolicyArn) => call('iam', 'AttachRolePolicy', { RoleName, PolicyArn })),
  ];
}

/** IAM and S3 take a document as text. */
function documentText(document: Json | undefined): string {
  return typeof document === 'string' ? document : JSON.stringify(document);
}
