import { GetObjectCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { parseJson } from '../../contract/index.ts';
import { refusalOf } from '../aws-error.ts';
import type { AwsCredentials, InstallContext } from '../context.ts';
import { clientOptions } from '../identity.ts';

type AwsPlace = Pick<InstallContext, 'awsEndpointUrl' | 'wayOut'>;

export type StateObject = { bucket: string; key: string; region: string; credentials: AwsCredentials };

/** Terraform's lock info, as S3 keeps it beside the state. */
const lockSchema = z.object({ ID: z.string(), Who: z.string().default(''), Created: z.string().default('') });
export type StateLock = z.infer<typeof lockSchema>;

/** Whether a state is in the bucket; no bucket means no state. */
export async function stateExists(context: AwsPlace, object: StateObject): Promise<boolean> {
  const found = await ask(context, object, async (s3) => {
    await s3.send(new HeadObjectCommand({ Bucket: object.bucket, Key: object.key }));
    return true;
  });
  return found ?? false;
}

export async function readLock(context: AwsPlace, object: StateObject): Promise<StateLock | undefined> {
  const text = await readLockText(context, object);
  return text === undefined ? undefined : parseJson(text, lockSchema, 'the state lock', { bytes: 100_000, depth: 5 });
}

/** As it lies there. */
export async function readLockText(context: AwsPlace, object: StateObject): Promise<string | undefined> {
  return ask(context, object, async (s3) => {
    const answer = await s3.send(new GetObjectCommand({ Bucket: object.bucket, Key: `${object.key}.tflock` }));
    return (await answer.Body?.transformToString()) ?? '';
  });
}

async function ask<T>(
  context: AwsPlace,
  object: StateObject,
  call: (s3: S3Client) => Promise<T>,
): Promise<T | undefined> {
  const s3 = new S3Client(clientOptions(context, object.region, object.credentials));
  try {
    return await call(s3);
  } catch (error) {
    if (refusalOf(error)?.status === 404) return undefined;
    throw error;
  } finally {
    s3.destroy();
  }
}
