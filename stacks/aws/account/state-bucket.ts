/* oxlint-disable no-new -- a construct adds itself to its scope */
import { S3BucketPolicy } from '@cdktf/provider-aws/lib/s3-bucket-policy/index.js';
import { S3BucketPublicAccessBlock } from '@cdktf/provider-aws/lib/s3-bucket-public-access-block/index.js';
import { S3BucketServerSideEncryptionConfigurationA } from '@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration/index.js';
import { S3BucketVersioningA } from '@cdktf/provider-aws/lib/s3-bucket-versioning/index.js';
import { S3Bucket } from '@cdktf/provider-aws/lib/s3-bucket/index.js';
import type { TerraformStack } from 'cdktf';
import { text } from '../expressions.ts';

/** Versioned, encrypted with the install's key, never public, TLS only. */
export function addStateBucket(stack: TerraformStack): void {
  const bucket = new S3Bucket(stack, 'state-bucket', { bucket: text('local.state_bucket') });
  const settings = { bucket: bucket.id };
  new S3BucketVersioningA(stack, 'state-versioning', {
    ...settings,
    versioningConfiguration: { status: 'Enabled' },
  });
  new S3BucketServerSideEncryptionConfigurationA(stack, 'state-encryption', {
    ...settings,
    rule: [
      {
        applyServerSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: text('local.state_key_arn') },
        bucketKeyEnabled: true,
      },
    ],
  });
  const notPublic = new S3BucketPublicAccessBlock(stack, 'state-not-public', {
    ...settings,
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  });
  const arn = 'arn:${local.partition}:s3:::${local.state_bucket}';
  new S3BucketPolicy(stack, 'state-tls-only', {
    ...settings,
    // S3 refuses two changes of a bucket's access at once.
    dependsOn: [notPublic],
    policy: JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'TlsOnly',
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:*',
          Resource: [arn, `${arn}/*`],
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
      ],
    }),
  });
}
