import { queryDeadlineMs } from './deadlines.ts';
import type { HelmCall } from './helm-call.ts';
import { type HelmContext, invokeHelm } from './invoke.ts';

/** `v4.3.1` */
export async function version(context: HelmContext, call: HelmCall): Promise<string> {
  const result = await invokeHelm(context, {
    args: ['version', '--template={{.Version}}'],
    namespace: 'default',
    deadlineMs: queryDeadlineMs,
    captureBytes: 4096,
    call,
    what: 'Asking helm for its version',
  });
  return result.stdout.trim();
}
