import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { LandfallError } from '../../contract/index.ts';
import { refusalOf } from '../aws-error.ts';

/** Undefined: no such object, or no such bucket. */
export async function readObject(s3: S3Client, bucket: string, key: string): Promise<string | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return (await Body?.transformToString()) ?? '';
  } catch (error) {
    if (refusalOf(error)?.status === 404) return undefined;
    throw error;
  }
}

/** Keys below a prefix; none where there is no bucket. */
export async function listKeys(
  s3: S3Client,
  bucket: string,
  prefix: string,
): Promise<{ key: string; changed: Date | undefined }[]> {
  const found: { key: string; changed: Date | undefined }[] = [];
  try {
    for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix })) {
      found.push(...Contents.map(({ Key = '', LastModified }) => ({ key: Key, changed: LastModified })));
    }
  } catch (error) {
    if (refusalOf(error)?.status !== 404) throw error;
  }
  return found;
}

/**
 * Every version and every delete marker, `last` after all others: as long as that one is there, a run that was killed starts from
 * it. No bucket is as good as an empty one.
 */
export async function emptyBucket(s3: S3Client, bucket: string, last: string): Promise<number> {
  let deleted = 0;
  for (const isLast of [false, true]) {
    let markers: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
    for (;;) {
      const page = await s3
        .send(new ListObjectVersionsCommand({ Bucket: bucket, ...markers }))
        .catch((error: unknown) => {
          if (refusalOf(error)?.status === 404) return undefined;
          throw error;
        });
      if (page === undefined) return deleted;
      const { Versions = [], DeleteMarkers = [] } = page;
      const Objects = [...Versions, ...DeleteMarkers]
        .filter(({ Key }) => (Key === last) === isLast)
        .map(({ Key, VersionId }) => ({ Key, VersionId }));
      if (Objects.length > 0) {
        const { Errors = [] } = await s3.send(
          new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
        );
        const [first] = Errors;
        if (first !== undefined) {
          const what = `${first.Key ?? ''}: ${first.Code ?? ''} ${first.Message ?? ''}`;
          throw new LandfallError('LF-TEARDOWN-003', `bucket ${bucket} cannot be emptied: ${what}`);
        }
        deleted += Objects.length;
      }
      if (page.IsTruncated !== true) break;
      markers = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
    }
  }
  return deleted;
}
