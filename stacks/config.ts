import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { LandfallError, parseJson, parseValue } from '../contract/index.ts';
import { kubernetesInputsSchema } from './inputs.ts';
import { filledIn } from './filled-in.ts';
import type { StackRequest } from './request.ts';

const inputsSchema = z.record(z.string(), z.json());
const fileSchema = z.strictObject({
  /** local: beside the configuration; for the account stack's first run, since the bucket is among what it makes. */
  backend: z.enum(['s3', 'local']).default('s3'),
  account: inputsSchema.optional(),
  base: inputsSchema.optional(),
  kubernetes: inputsSchema.optional(),
});

/** For `cdktf deploy`: which stacks, with which inputs, from the JSON file that LANDFALL_STACKS names. */
export function readStackRequests(): StackRequest[] {
  const path = process.env['LANDFALL_STACKS'] ?? 'landfall-stacks.json';
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new LandfallError('LF-STACKS-001', `cannot read the stacks' inputs from ${path}`, { cause });
  }
  const { backend, account, base, kubernetes } = parseJson(bytes, fileSchema, path, { bytes: 1_000_000, depth: 30 });
  const requests: StackRequest[] = [];
  if (account !== undefined) requests.push(filledIn('account', account, backend));
  if (base !== undefined) requests.push(filledIn('base', base, backend));
  if (kubernetes !== undefined) {
    const inputs = parseValue(kubernetes, kubernetesInputsSchema, 'the inputs of stack kubernetes');
    requests.push({ stack: 'kubernetes', inputs });
  }
  return requests;
}
