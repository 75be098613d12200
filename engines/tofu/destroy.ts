import type { JsonObject } from '../../contract/index.ts';
import { invokeTofu, longDeadlineMs } from './invoke.ts';
import { lockFlag, type TofuLock } from './lock.ts';
import type { TofuCall, TofuOptions } from './options.ts';
import { withJsonFile } from './variable-file.ts';

export type TofuDestroy = TofuLock & { readonly variables?: JsonObject; readonly varFiles?: readonly string[] };

/** Removes everything in the state, unseen. Where a person or a policy looks first: `plan` with `destroy`, then `apply`. */
export async function destroy(options: TofuOptions, request: TofuDestroy, call: TofuCall): Promise<void> {
  await withJsonFile('landfall.tfvars.json', request.variables, options.privateDir, async (variables) => {
    const files = [...(request.varFiles ?? []), ...(variables === undefined ? [] : [variables])];
    await invokeTofu(options, {
      args: [
        'destroy',
        '-input=false',
        '-auto-approve',
        '-json',
        ...lockFlag(request),
        ...files.map((file) => `-var-file=${file}`),
      ],
      deadlineMs: longDeadlineMs,
      stdout: 'events',
      call,
      what: 'Removing everything',
    });
  });
}
