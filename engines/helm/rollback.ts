import { applyDeadline } from './deadlines.ts';
import { applyFlags, type HelmApplyOptions, type HelmCall, type HelmRelease, historyFlags } from './helm-call.ts';
import { type HelmContext, invokeHelm } from './invoke.ts';

/** Rolls back to `revision`. The manifest of that revision is applied as it was stored: post-rendered then, so pinned then. */
export type HelmRollback = HelmRelease &
  HelmApplyOptions & { readonly revision: number; readonly description?: string };

export async function rollback(context: HelmContext, request: HelmRollback, call: HelmCall): Promise<void> {
  await invokeHelm(context, {
    args: [
      'rollback',
      request.name,
      String(request.revision),
      ...applyFlags(request),
      ...historyFlags(request),
      ...(request.description === undefined ? [] : [`--description=${request.description.slice(0, 256)}`]),
    ],
    namespace: request.namespace,
    deadlineMs: applyDeadline(request.timeoutMs),
    call,
    what: `Rolling back release "${request.name}" in namespace "${request.namespace}" to revision ${request.revision}`,
  });
}
