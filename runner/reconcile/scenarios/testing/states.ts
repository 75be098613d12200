import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { jsonSchema } from '../../../../contract/index.ts';
import type { Sight } from '../stage.ts';

const stateSchema = z.looseObject({ outputs: z.record(z.string(), z.looseObject({ value: jsonSchema })) });

/** Read from the bucket: what the states say, and whether one is locked. */
export async function statesIn(s3: S3Client, Bucket: string): Promise<Pick<Sight, 'outputs' | 'locked'>> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
  const keys = Contents.map(({ Key = '' }) => Key);
  const outputs: Sight['outputs'] = {};
  for (const Key of keys.filter((key) => key.endsWith('.tfstate'))) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    const state = stateSchema.parse(JSON.parse((await Body?.transformToString()) ?? ''));
    const values = Object.entries(state.outputs).map(([name, { value }]) => [name, value]);
    outputs[Key.split('/')[1] ?? ''] = Object.fromEntries(values);
  }
  return { outputs, locked: keys.some((key) => key.endsWith('.tflock')) };
}
