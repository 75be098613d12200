import { invokeTofu, shortDeadlineMs } from './invoke.ts';
import type { TofuCall, TofuOptions } from './options.ts';

/** Only for a lock whose holder is proven dead. */
export async function forceUnlock(
  options: TofuOptions,
  request: { readonly lockId: string },
  call: TofuCall,
): Promise<void> {
  await invokeTofu(options, {
    args: ['force-unlock', '-no-color', '-force', request.lockId],
    deadlineMs: shortDeadlineMs,
    stdout: 'text',
    call,
    what: `Releasing the state lock ${request.lockId}`,
  });
}
