import type { TofuChanges } from './events.ts';
import { invokeTofu, longDeadlineMs } from './invoke.ts';
import { lockFlag, type TofuLock } from './lock.ts';
import type { TofuCall, TofuOptions } from './options.ts';

/** A saved plan and nothing else: what was checked is what is applied. */
export type TofuApply = TofuLock & { readonly planFile: string };

export async function apply(
  options: TofuOptions,
  request: TofuApply,
  call: TofuCall,
): Promise<{ readonly changes: TofuChanges }> {
  const result = await invokeTofu(options, {
    args: ['apply', '-input=false', '-json', ...lockFlag(request), request.planFile],
    deadlineMs: longDeadlineMs,
    stdout: 'events',
    call,
    what: 'Applying the saved plan',
  });
  return { changes: result.changes ?? { add: 0, change: 0, remove: 0, import: 0 } };
}
