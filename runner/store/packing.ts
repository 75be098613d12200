import { gunzipSync, gzipSync } from 'node:zlib';
import * as z from 'zod';
import { type Json, LandfallError, parseValue } from '../../contract/index.ts';
import type { KubeObject } from '../kubernetes/index.ts';

/** Above this a document is gzipped; a ConfigMap holds 1 MiB (etcd's limit). */
const plainBytes = 64 * 1024;
const largestPacked = 1000 * 1024;
const contents = z.looseObject({
  data: z.record(z.string(), z.string()).optional(),
  binaryData: z.record(z.string(), z.string()).optional(),
});

export function pack(kind: 'ConfigMap' | 'Secret', value: Json): { data?: object; binaryData?: object } {
  const text = JSON.stringify(value);
  if (Buffer.byteLength(text) <= plainBytes) {
    return { data: { 'value.json': kind === 'Secret' ? Buffer.from(text).toString('base64') : text } };
  }
  const packed = gzipSync(text);
  if (packed.byteLength > largestPacked) {
    throw new LandfallError(
      'LF-RUNNER-005',
      `a document of ${packed.byteLength} bytes (gzipped) does not fit into one ${kind}`,
    );
  }
  const entry = { 'value.json.gz': packed.toString('base64') };
  return kind === 'Secret' ? { data: entry } : { binaryData: entry };
}

/** The JSON text. */
export function unpack(object: KubeObject, name: string): string {
  const { data, binaryData } = parseValue(object, contents, `the ${object.kind} of ${name}`);
  const zipped = binaryData?.['value.json.gz'] ?? data?.['value.json.gz'];
  if (zipped !== undefined)
    return gunzipSync(Buffer.from(zipped, 'base64'), { maxOutputLength: 64 * 1024 * 1024 }).toString();
  const plain = data?.['value.json'];
  if (plain === undefined) throw new LandfallError('LF-RUNNER-005', `the ${object.kind} of ${name} holds no document`);
  return object.kind === 'Secret' ? Buffer.from(plain, 'base64').toString() : plain;
}
