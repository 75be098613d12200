import { DeleteObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { StateAccess } from './access.ts';

/** A lock of its own beside the components' states, taken as Terraform takes one: a conditional write. */
const lockKey = 'components/landfall-runner/terraform.tfstate.tflock';

export function s3StateAccess(options: { s3: S3Client; bucket: string; holder: string }): StateAccess {
  const { s3, bucket } = options;
  return {
    proveReadAndLock: async (abortSignal) => {
      const on = { abortSignal };
      await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: 'components/', MaxKeys: 1 }), on);
      const lock = { Bucket: bucket, Key: lockKey };
      const take = () =>
        s3.send(new PutObjectCommand({ ...lock, Body: JSON.stringify({ Who: options.holder }), IfNoneMatch: '*' }), on);
      try {
        await take();
      } catch (error) {
        // Only the owner of the runner's lease comes here: a lock that is held was left by an earlier runner that was killed.
        if (!(error instanceof Error) || error.name !== 'PreconditionFailed') throw error;
        await s3.send(new DeleteObjectCommand(lock), on);
        await take();
      }
      await s3.send(new DeleteObjectCommand(lock), on);
    },
  };
}
