import { invokeTofu, shortDeadlineMs } from './invoke.ts';
import { lockFlag, type TofuLock } from './lock.ts';
import type { TofuCall, TofuOptions } from './options.ts';

/** A file with a whole state. */
export type TofuStatePush = TofuLock & { readonly file: string };

/** Writes a state back. Without `-force`: the engine refuses another lineage, and a serial below the one that is there. */
export async function statePush(options: TofuOptions, request: TofuStatePush, call: TofuCall): Promise<void> {
  await invokeTofu(options, {
    args: ['state', 'push', '-no-color', ...lockFlag(request), request.file],
    deadlineMs: shortDeadlineMs,
    stdout: 'text',
    call,
    what: 'Writing the state back',
  });
}
