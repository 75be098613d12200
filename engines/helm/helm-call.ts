import type { ProcessIdentity } from '../process/process-identity.ts';
import type { ProcessLine } from '../process/run-process.ts';

/** What every Helm call takes beside its own options. */
export type HelmCall = {
  readonly signal?: AbortSignal;
  /** Redacted lines for the job log. */
  readonly onLine?: (line: ProcessLine) => void;
  readonly onSpawn?: (identity: ProcessIdentity) => void | Promise<void>;
  /** Strings that must not appear in lines and errors, beside those found in the values. */
  readonly secrets?: readonly string[];
};

export type HelmRelease = { readonly name: string; readonly namespace: string };

/** `hookOnly` is Helm 4's default; `watcher` waits by kstatus, `legacy` as Helm 3 did. */
export type HelmWait = 'watcher' | 'hookOnly' | 'legacy';

export type HelmApplyOptions = {
  /** Milliseconds for each of Helm's waits (`--timeout`). The process's deadline is this and a margin. */
  readonly timeoutMs: number;
  readonly wait?: HelmWait;
  readonly waitForJobs?: boolean;
  /** Always set explicitly, since Helm inherits it from the previous release. Default true. */
  readonly serverSide?: boolean;
  readonly forceConflicts?: boolean;
  readonly noHooks?: boolean;
  /** Revisions kept. Default 10. */
  readonly historyMax?: number;
};

/** Name of the post-renderer plugin (`writePostRendererPlugin` returns it), and what to hand to its command. */
export type HelmPostRenderer = { readonly plugin: string; readonly args?: readonly string[] };

export function applyFlags(options: HelmApplyOptions): string[] {
  return [
    `--server-side=${options.serverSide ?? true}`,
    `--timeout=${seconds(options.timeoutMs)}`,
    `--wait=${options.wait ?? 'hookOnly'}`,
    ...(options.waitForJobs === true ? ['--wait-for-jobs'] : []),
    ...(options.forceConflicts === true ? ['--force-conflicts'] : []),
    ...(options.noHooks === true ? ['--no-hooks'] : []),
  ];
}

export function historyFlags({ historyMax = 10 }: HelmApplyOptions): string[] {
  return [`--history-max=${historyMax}`];
}

export function seconds(ms: number): string {
  return `${Math.max(1, Math.ceil(ms / 1000))}s`;
}

export function postRendererFlags(postRenderer: HelmPostRenderer | undefined): string[] {
  if (postRenderer === undefined) return [];
  return [
    `--post-renderer=${postRenderer.plugin}`,
    ...(postRenderer.args ?? []).map((arg) => `--post-renderer-args=${arg}`),
  ];
}
