import { GetBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import type { World } from '../../world/index.ts';

/** The bucket's versioning by the AWS API, asked as the customer's admin: `off` where it was never set. */
export async function bucketVersioning(world: World, bucket: string): Promise<string> {
  const s3 = new S3Client({
    endpoint: world.cloud.endpoint,
    region: world.cloud.region,
    credentials: world.cloud.people.customerAdmin,
    forcePathStyle: true,
  });
  try {
    return (await s3.send(new GetBucketVersioningCommand({ Bucket: bucket }))).Status ?? 'off';
  } finally {
    s3.destroy();
  }
}
