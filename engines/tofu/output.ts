import * as z from 'zod';
import { invokeTofu, shortDeadlineMs } from './invoke.ts';
import type { TofuCall, TofuOptions } from './options.ts';
import { parseTofuJson } from './tofu-json.ts';

const outputsSchema = z.record(z.string(), z.object({ sensitive: z.boolean().default(false), value: z.json() }));

/** Sensitive ones go on only through Kubernetes Secrets. */
export type TofuOutputs = z.infer<typeof outputsSchema>;

export async function output(options: TofuOptions, call: TofuCall): Promise<TofuOutputs> {
  const what = 'Reading the outputs';
  const result = await invokeTofu(options, {
    args: ['output', '-json', '-no-color'],
    deadlineMs: shortDeadlineMs,
    stdout: 'data',
    call,
    what,
  });
  return parseTofuJson(result.stdout, outputsSchema, what);
}
