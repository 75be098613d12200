import { applyDeadline } from './deadlines.ts';
import { type HelmCall, type HelmRelease, type HelmWait, seconds } from './helm-call.ts';
import { type HelmContext, invokeHelm } from './invoke.ts';

export type HelmUninstall = HelmRelease & {
  readonly timeoutMs: number;
  readonly wait?: HelmWait;
  readonly keepHistory?: boolean;
  readonly noHooks?: boolean;
  readonly cascade?: 'background' | 'orphan' | 'foreground';
};

/** Removes the release; one that does not exist is removed already. */
export async function uninstall(context: HelmContext, request: HelmUninstall, call: HelmCall): Promise<void> {
  await invokeHelm(context, {
    args: [
      'uninstall',
      request.name,
      '--ignore-not-found',
      `--timeout=${seconds(request.timeoutMs)}`,
      `--wait=${request.wait ?? 'watcher'}`,
      ...(request.keepHistory === true ? ['--keep-history'] : []),
      ...(request.noHooks === true ? ['--no-hooks'] : []),
      ...(request.cascade === undefined ? [] : [`--cascade=${request.cascade}`]),
    ],
    namespace: request.namespace,
    deadlineMs: applyDeadline(request.timeoutMs),
    call,
    what: `Removing release "${request.name}" from namespace "${request.namespace}"`,
  });
}
