import type { JsonObject } from '../../contract/index.ts';
import {
  applyFlags,
  type HelmApplyOptions,
  type HelmCall,
  type HelmPostRenderer,
  type HelmRelease,
  historyFlags,
  postRendererFlags,
} from './helm-call.ts';
import { type HelmContext, invokeHelm } from './invoke.ts';
import { applyDeadline } from './deadlines.ts';

export type HelmUpgradeInstall = HelmRelease &
  HelmApplyOptions & {
    /** Somebody has just looked, and there is no such release: Helm looks once itself instead of twice. Should there be one after all: LF-ENGINES-010, temporary. */
    readonly isNew?: boolean;
    /**
     * With `isNew`: the newest revision has failed, and it is installed again, install hooks and all, as the next revision. What is there of its own
     * is changed to what is wanted, as by an upgrade; what is not wanted any more stays. Should it not have failed: as with `isNew`.
     */
    readonly replace?: boolean;
    /** Path of a packed chart (.tgz) or a chart folder: never a repository's name. */
    readonly chart: string;
    /** Later ones win over earlier ones. They replace what the previous release had (`--reset-values`). */
    readonly values?: readonly JsonObject[];
    readonly postRenderer?: HelmPostRenderer;
    readonly createNamespace?: boolean;
    readonly skipCrds?: boolean;
    readonly takeOwnership?: boolean;
    /** Shown by `helm history`. */
    readonly description?: string;
    /** Labels of the release record: how the runner finds its own. */
    readonly labels?: Readonly<Record<string, string>>;
  };

/** Installs the release or upgrades it, whichever it needs. */
export async function upgradeInstall(context: HelmContext, request: HelmUpgradeInstall, call: HelmCall): Promise<void> {
  const labels = Object.entries(request.labels ?? {}).map(([name, value]) => `${name}=${value}`);
  await invokeHelm(context, {
    args: [
      ...(request.isNew === true
        ? ['install', request.name, request.chart, ...(request.replace === true ? ['--replace'] : [])]
        : ['upgrade', request.name, request.chart, '--install', '--reset-values', ...historyFlags(request)]),
      ...applyFlags(request),
      ...validationFlags(request),
      ...(request.createNamespace === true ? ['--create-namespace'] : []),
      ...(request.skipCrds === true ? ['--skip-crds'] : []),
      ...(request.takeOwnership === true ? ['--take-ownership'] : []),
      ...(request.description === undefined ? [] : [`--description=${request.description}`]),
      ...(labels.length === 0 ? [] : [`--labels=${labels.join(',')}`]),
      ...postRendererFlags(request.postRenderer),
      '--hide-notes',
    ],
    namespace: request.namespace,
    values: request.values ?? [],
    deadlineMs: applyDeadline(request.timeoutMs),
    call,
    what: `Installing or upgrading release "${request.name}" in namespace "${request.namespace}"`,
  });
}

/**
 * A server-side apply is validated strictly by the API server itself (Helm asks for `fieldValidation=Strict` whatever is said here). All that is
 * left of Helm's own validation is to fetch the API's whole OpenAPI description for every release, to find that out: a third of its processor time.
 */
function validationFlags({ serverSide }: HelmApplyOptions): string[] {
  return (serverSide ?? true) ? ['--disable-openapi-validation'] : [];
}
