import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { LandfallError, parseJson } from '../contract/index.ts';
import type { StackRequest } from './synthesise.ts';

const fileSchema = z.strictObject({
  account: z.record(z.string(), z.json()).optional(),
  base: z.record(z.string(), z.json()).optional(),
  kubernetes: z.record(z.string(), z.json()).optional(),
});

/** For `cdktf deploy`: which stacks, with which inputs, from the JSON file that LANDFALL_STACKS names. */
export function readStackRequests(): { stack: StackRequest['stack']; inputs: unknown }[] {
  const path = process.env['LANDFALL_STACKS'] ?? 'landfall-stacks.json';
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new LandfallError('LF-STACKS-001', `cannot read the stacks' inputs from ${path}`, { cause });
  }
  const file = parseJson(bytes, fileSchema, path, { bytes: 1_000_000, depth: 30 });
  return (['account', 'base', 'kubernetes'] as const).flatMap((stack) =>
    file[stack] === undefined ? [] : [{ stack, inputs: file[stack] }],
  );
}
