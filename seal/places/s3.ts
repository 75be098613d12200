import {
  type Bucket,
  GetBucketAclCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  type Grant,
  ListBucketsCommand,
} from '@aws-sdk/client-s3';
import { type GlobalWalk, allPages, eachOf, see, seeIfAny } from './walk.ts';

/**
 * Bucket policies and ACLs. Access points need no walk of their own: from another account they work only if the bucket's policy hands the
 * decision to them, and such a policy is listed here (S3 user guide, "Delegating access control to access points").
 */
export async function walkS3(walk: GlobalWalk): Promise<void> {
  const { findings } = walk;
  const { s3 } = walk.clients;
  const buckets = await see(walk, 'buckets', () =>
    allPages(async (ContinuationToken) => {
      const page = await s3.send(new ListBucketsCommand({ ContinuationToken, MaxBuckets: 1000 }), {
        abortSignal: walk.signal,
      });
      return { items: page.Buckets, next: page.ContinuationToken };
    }),
  );
  const here = (buckets ?? []).filter(
    ({ BucketRegion }) => BucketRegion === undefined || walk.regions.includes(BucketRegion),
  );
  const elsewhere = (buckets ?? []).length - here.length;
  if (elsewhere > 0) findings.note(`${elsewhere} buckets lie in other regions and were not looked at`);
  await eachOf(here, (bucket) => lookAt(walk, bucket));
}

async function lookAt(walk: GlobalWalk, { Name: Bucket }: Bucket): Promise<void> {
  const { findings, facts } = walk;
  const { s3 } = walk.clients;
  const on = { abortSignal: walk.signal };
  const where = `arn:${walk.partition}:s3:::${Bucket}`;
  const gone = ['NoSuchBucket'];
  findings.looked();
  const policy = await seeIfAny(walk, `policy of ${where}`, ['NoSuchBucketPolicy', ...gone], () =>
    s3.send(new GetBucketPolicyCommand({ Bucket }), on),
  );
  if (policy?.Policy !== undefined) findings.policy(policy.Policy, where, 'bucket policy');
  const acl = await seeIfAny(walk, `ACL of ${where}`, gone, () => s3.send(new GetBucketAclCommand({ Bucket }), on));
  if (acl === null || acl === undefined) return;
  const owner = acl.Owner?.ID ?? facts.canonicalUserId;
  for (const grant of acl.Grants ?? []) judgeGrant(walk, grant, owner, where);
  const ownership = await seeIfAny(walk, `ownership of ${where}`, ['OwnershipControlsNotFoundError', ...gone], () =>
    s3.send(new GetBucketOwnershipControlsCommand({ Bucket }), on),
  );
  if (ownership?.OwnershipControls?.Rules?.some(({ ObjectOwnership }) => ObjectOwnership === 'BucketOwnerEnforced'))
    return;
  if (ownership !== undefined)
    findings.note(
      `${where}: objects may have ACLs of their own, which no census sees (BucketOwnerEnforced is not set)`,
    );
}

/** The bucket's owner is this account: ListBuckets gives no others. */
function judgeGrant(walk: GlobalWalk, { Grantee }: Grant, owner: string | null, where: string): void {
  const { findings } = walk;
  if (Grantee?.URI !== undefined) {
    if (Grantee.URI.endsWith('/s3/LogDelivery'))
      findings.who({ who: 'service', principal: 'logging.s3.amazonaws.com' }, where, 'ACL');
    else findings.outside('anyone', Grantee.URI, where, 'ACL');
  } else if (Grantee?.ID !== undefined) {
    if (Grantee.ID !== owner) findings.outside('canonical-user', Grantee.ID, where, 'ACL');
  } else if (Grantee?.EmailAddress !== undefined) {
    findings.outside('canonical-user', Grantee.EmailAddress, where, 'ACL');
  } else {
    findings.unreadable(`${where}: ACL: a grant without a grantee`);
  }
}
