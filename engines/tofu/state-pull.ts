import * as z from 'zod';
import { invokeTofu, shortDeadlineMs } from './invoke.ts';
import type { TofuCall, TofuOptions } from './options.ts';
import { parseTofuJson } from './tofu-json.ts';

const stateSchema = z.object({
  version: z.number().int(),
  terraform_version: z.string().default(''),
  serial: z.number().int(),
  lineage: z.string(),
  resources: z.array(z.object({ mode: z.string(), type: z.string(), name: z.string() })).default([]),
});

/** `raw` is the state as stored, with its secrets. */
export type TofuState = {
  readonly serial: number;
  readonly lineage: string;
  readonly resources: number;
  readonly raw: string;
};

/** Undefined when nothing has been applied yet. */
export async function statePull(options: TofuOptions, call: TofuCall): Promise<TofuState | undefined> {
  const what = 'Reading the state';
  const result = await invokeTofu(options, {
    args: ['state', 'pull', '-no-color'],
    deadlineMs: shortDeadlineMs,
    stdout: 'data',
    call,
    what,
  });
  if (result.stdout.trim() === '') return undefined;
  const state = parseTofuJson(result.stdout, stateSchema, what);
  // What a remote backend without a state answers: nothing has a lineage yet.
  if (state.lineage === '') return undefined;
  const managed = state.resources.filter((resource) => resource.mode === 'managed').length;
  return { serial: state.serial, lineage: state.lineage, resources: managed, raw: result.stdout };
}
