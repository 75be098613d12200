import type { Check } from '../policy/evaluate.ts';
import { type CloudRequest, queryOf, rawPath } from '../wire/request.ts';
import type { Call } from './call.ts';

/** Bucket sub-resources: what reading and writing them is called in IAM. Deleting needs the right to write unless named. */
const bucketParts: Record<string, { read?: string; write?: string; remove?: string }> = {
  location: { read: 'GetBucketLocation' },
  versioning: { read: 'GetBucketVersioning', write: 'PutBucketVersioning' },
  policy: { read: 'GetBucketPolicy', write: 'PutBucketPolicy', remove: 'DeleteBucketPolicy' },
  policyStatus: { read: 'GetBucketPolicyStatus' },
  acl: { read: 'GetBucketAcl', write: 'PutBucketAcl' },
  cors: { read: 'GetBucketCORS', write: 'PutBucketCORS' },
  website: { read: 'GetBucketWebsite', write: 'PutBucketWebsite', remove: 'DeleteBucketWebsite' },
  accelerate: { read: 'GetAccelerateConfiguration', write: 'PutAccelerateConfiguration' },
  requestPayment: { read: 'GetBucketRequestPayment', write: 'PutBucketRequestPayment' },
  logging: { read: 'GetBucketLogging', write: 'PutBucketLogging' },
  lifecycle: { read: 'GetLifecycleConfiguration', write: 'PutLifecycleConfiguration' },
  replication: { read: 'GetReplicationConfiguration', write: 'PutReplicationConfiguration' },
  encryption: { read: 'GetEncryptionConfiguration', write: 'PutEncryptionConfiguration' },
  'object-lock': { read: 'GetBucketObjectLockConfiguration', write: 'PutBucketObjectLockConfiguration' },
  tagging: { read: 'GetBucketTagging', write: 'PutBucketTagging' },
  publicAccessBlock: { read: 'GetBucketPublicAccessBlock', write: 'PutBucketPublicAccessBlock' },
  ownershipControls: { read: 'GetBucketOwnershipControls', write: 'PutBucketOwnershipControls' },
  notification: { read: 'GetBucketNotification', write: 'PutBucketNotification' },
  versions: { read: 'ListBucketVersions' },
  uploads: { read: 'ListBucketMultipartUploads' },
  'intelligent-tiering': { read: 'GetIntelligentTieringConfiguration', write: 'PutIntelligentTieringConfiguration' },
  inventory: { read: 'GetInventoryConfiguration', write: 'PutInventoryConfiguration' },
  metrics: { read: 'GetMetricsConfiguration', write: 'PutMetricsConfiguration' },
  analytics: { read: 'GetAnalyticsConfiguration', write: 'PutAnalyticsConfiguration' },
};

const objectParts: Record<string, { read?: string; write?: string; remove?: string }> = {
  tagging: { read: 'GetObjectTagging', write: 'PutObjectTagging', remove: 'DeleteObjectTagging' },
  acl: { read: 'GetObjectAcl', write: 'PutObjectAcl' },
  retention: { read: 'GetObjectRetention', write: 'PutObjectRetention' },
  'legal-hold': { read: 'GetObjectLegalHold', write: 'PutObjectLegalHold' },
  attributes: { read: 'GetObjectAttributes' },
};

/** S3, path style (an address has no bucket subdomains). */
export function describeS3(request: CloudRequest): Call {
  const path = rawPath(request).replace(/^\//, '');
  const slash = path.indexOf('/');
  const bucket = slash < 0 ? path : path.slice(0, slash);
  const key = slash < 0 ? '' : decodePath(path.slice(slash + 1));
  const query = queryOf(request);
  const verb = verbOf(request.method);
  if (bucket === '') return call('ListAllMyBuckets', '*');
  const bucketArn = `arn:aws:s3:::${bucket}`;
  if (key === '') {
    const action = bucketAction(request.method, verb, query);
    const context = {
      's3:prefix': query.get('prefix') ?? undefined,
      's3:delimiter': query.get('delimiter') ?? undefined,
    };
    // Deleting many names its keys in the body; the bucket's own ARN with any key stands for them.
    return action === 'DeleteObject' ? call(action, `${bucketArn}/*`) : call(action, bucketArn, context);
  }
  const resource = `${bucketArn}/${key}`;
  const context = {
    's3:VersionId': query.get('versionId') ?? undefined,
    's3:x-amz-server-side-encryption': request.headers['x-amz-server-side-encryption'],
    's3:x-amz-server-side-encryption-aws-kms-key-id': request.headers['x-amz-server-side-encryption-aws-kms-key-id'],
    's3:x-amz-acl': request.headers['x-amz-acl'],
  };
  const described = call(objectAction(verb, query), resource, context);
  const source = request.headers['x-amz-copy-source'];
  if (source === undefined || verb !== 'write') return described;
  const from = decodePath(source.split('?', 1)[0] ?? '').replace(/^\//, '');
  return { ...described, checks: [...described.checks, { action: 's3:GetObject', resource: `arn:aws:s3:::${from}` }] };
}

type Verb = 'read' | 'write' | 'remove';

function verbOf(method: string): Verb {
  if (method === 'GET' || method === 'HEAD') return 'read';
  return method === 'DELETE' ? 'remove' : 'write';
}

function bucketAction(method: string, verb: Verb, query: URLSearchParams): string {
  if (method === 'POST') return query.has('delete') ? 'DeleteObject' : 'PutObject';
  for (const [part, names] of Object.entries(bucketParts)) {
    if (query.has(part)) return names[verb] ?? names.write ?? `${verb}:${part}`;
  }
  return { read: 'ListBucket', write: 'CreateBucket', remove: 'DeleteBucket' }[verb];
}

function objectAction(verb: Verb, query: URLSearchParams): string {
  if (query.has('uploadId'))
    return { read: 'ListMultipartUploadParts', write: 'PutObject', remove: 'AbortMultipartUpload' }[verb];
  for (const [part, names] of Object.entries(objectParts)) {
    if (query.has(part)) return names[verb] ?? names.write ?? `${verb}:${part}`;
  }
  const version = query.has('versionId') ? 'Version' : '';
  return { read: `GetObject${version}`, write: 'PutObject', remove: `DeleteObject${version}` }[verb];
}

function call(action: string, resource: string, context: Check['context'] = {}): Call {
  return { service: 's3', action, dialect: 's3', resource, checks: [{ action: `s3:${action}`, resource, context }] };
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
