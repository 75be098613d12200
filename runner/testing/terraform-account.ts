import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { type OpenAccount, openAccount } from '../../dev/cloud/testing/open-account.ts';
import { openTerraformRig } from './terraform-rig.ts';

const bucket = 'lf-state';

/** The account stand-in with a bucket for states, and a real engine on it. */
export async function openTerraformAccount(
  binary: string,
  over: { between?: (endpoint: string) => Promise<string> } = {},
) {
  const account: OpenAccount = await openAccount({}, () => new Date());
  const admin = account.cloud.people.customerAdmin;
  const s3 = new S3Client({ ...account.as(admin), forcePathStyle: true });
  const configuration = { LocationConstraint: 'eu-central-1' as const };
  await s3.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: configuration }));
  const env = {
    AWS_ENDPOINT_URL: (await over.between?.(account.cloud.endpoint)) ?? account.cloud.endpoint,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: admin.accessKeyId,
    AWS_SECRET_ACCESS_KEY: admin.secretAccessKey,
  };
  const rig = await openTerraformRig(binary, { kind: 's3', bucket, region: 'eu-central-1', kmsKeyArn: null }, env);
  return {
    ...rig,
    /** A stored state, or a list of what is in the bucket. */
    keys: async (): Promise<string[]> =>
      ((await s3.send(new ListObjectsV2Command({ Bucket: bucket }))).Contents ?? []).map(({ Key = '' }) => Key),
    read: async (Key: string): Promise<string> =>
      (await (await s3.send(new GetObjectCommand({ Bucket: bucket, Key }))).Body?.transformToString()) ?? '',
    close: async () => {
      await rig.close();
      s3.destroy();
      await account.stop();
    },
  };
}

export type TerraformAccount = Awaited<ReturnType<typeof openTerraformAccount>>;
