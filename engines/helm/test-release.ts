import { applyDeadline } from './deadlines.ts';
import { type HelmCall, type HelmRelease, seconds } from './helm-call.ts';
import { type HelmContext, invokeHelm } from './invoke.ts';

export type HelmTest = HelmRelease & { readonly timeoutMs: number; readonly logs?: boolean };

/** Runs the chart's tests; a failed one is a LF-ENGINES-010. */
export async function testRelease(context: HelmContext, request: HelmTest, call: HelmCall): Promise<void> {
  await invokeHelm(context, {
    args: [
      'test',
      request.name,
      `--timeout=${seconds(request.timeoutMs)}`,
      ...(request.logs === true ? ['--logs'] : []),
    ],
    namespace: request.namespace,
    deadlineMs: applyDeadline(request.timeoutMs),
    call,
    what: `Testing release "${request.name}" in namespace "${request.namespace}"`,
  });
}
