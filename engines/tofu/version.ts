import * as z from 'zod';
import { invokeTofu, shortDeadlineMs } from './invoke.ts';
import type { TofuCall, TofuOptions } from './options.ts';
import { parseTofuJson } from './tofu-json.ts';

const versionSchema = z.object({ terraform_version: z.string(), platform: z.string().default('') });

/** `1.12.6`: both binaries name the field terraform_version. */
export async function version(options: TofuOptions, call: TofuCall): Promise<string> {
  const what = 'Asking for the version';
  const result = await invokeTofu(options, {
    args: ['version', '-json'],
    deadlineMs: shortDeadlineMs,
    stdout: 'data',
    call,
    what,
  });
  return parseTofuJson(result.stdout, versionSchema, what).terraform_version;
}
