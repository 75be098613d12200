import type { TemplateResource } from '../template.ts';
import { attribute, ref, sub } from '../template.ts';
import { stateKeyArn } from './policy-documents.ts';

const tags = [{ Key: 'landfall:install', Value: ref('InstallId') }];
/** What the states are needs them, so neither goes with the stack: the customer empties and deletes them by hand. */
const kept = { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' } as const;

/** Two keys, where the customer names none; their own policy is AWS's default: IAM decides. */
export function keyResources(): Record<string, TemplateResource> {
  const key = (kind: 'State' | 'Cluster', description: string): Record<string, TemplateResource> => ({
    [`${kind}Key`]: {
      Type: 'AWS::KMS::Key',
      Condition: `Makes${kind}Key`,
      ...kept,
      Properties: {
        Description: sub(`\${NamePrefix}: ${description}`),
        EnableKeyRotation: true,
        PendingWindowInDays: 30,
        KeyPolicy: {
          Version: '2012-10-17',
          Id: 'key-default-1',
          Statement: [
            {
              Sid: 'Enable IAM User Permissions',
              Effect: 'Allow',
              Principal: { AWS: sub('arn:${AWS::Partition}:iam::${AWS::AccountId}:root') },
              Action: 'kms:*',
              Resource: '*',
            },
          ],
        },
        Tags: tags,
      },
    },
    [`${kind}KeyAlias`]: {
      Type: 'AWS::KMS::Alias',
      Condition: `Makes${kind}Key`,
      Properties: {
        AliasName: sub(`alias/\${NamePrefix}-${kind.toLowerCase()}`),
        TargetKeyId: ref(`${kind}Key`),
      },
    },
  });
  return { ...key('State', 'Terraform states'), ...key('Cluster', 'secrets of the cluster') };
}

/** Versioned, encrypted with the install's key, never public, TLS only. */
export function bucketResources(): Record<string, TemplateResource> {
  return {
    StateBucket: {
      Type: 'AWS::S3::Bucket',
      ...kept,
      Properties: {
        BucketName: sub('${NamePrefix}-${AWS::AccountId}-state'),
        VersioningConfiguration: { Status: 'Enabled' },
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [
            {
              BucketKeyEnabled: true,
              ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: stateKeyArn },
            },
          ],
        },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        Tags: tags,
      },
    },
    StateTlsOnly: {
      Type: 'AWS::S3::BucketPolicy',
      ...kept,
      Properties: {
        Bucket: ref('StateBucket'),
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Sid: 'TlsOnly',
              Effect: 'Deny',
              Principal: '*',
              Action: 's3:*',
              Resource: [attribute('StateBucket', 'Arn'), sub('${StateBucket.Arn}/*')],
              Condition: { Bool: { 'aws:SecureTransport': 'false' } },
            },
          ],
        },
      },
    },
  };
}
