import type { JsonObject } from '../../contract/index.ts';
import { queryDeadlineMs } from './deadlines.ts';
import { type HelmCall, type HelmPostRenderer, type HelmRelease, postRendererFlags } from './helm-call.ts';
import { type HelmContext, invokeHelm } from './invoke.ts';

export type HelmTemplate = HelmRelease & {
  readonly chart: string;
  readonly values?: readonly JsonObject[];
  readonly kubeVersion?: string;
  readonly apiVersions?: readonly string[];
  readonly isUpgrade?: boolean;
  readonly postRenderer?: HelmPostRenderer;
};

const rendered = 64 * 1024 * 1024;

/** Renders without a cluster: hooks, tests and CRDs included. Returns a YAML stream. */
export async function template(context: HelmContext, request: HelmTemplate, call: HelmCall): Promise<string> {
  const result = await invokeHelm(context, {
    args: [
      'template',
      request.name,
      request.chart,
      '--include-crds',
      ...(request.kubeVersion === undefined ? [] : [`--kube-version=${request.kubeVersion}`]),
      ...(request.apiVersions ?? []).map((version) => `--api-versions=${version}`),
      ...(request.isUpgrade === true ? ['--is-upgrade'] : []),
      ...postRendererFlags(request.postRenderer),
    ],
    namespace: request.namespace,
    values: request.values ?? [],
    deadlineMs: queryDeadlineMs,
    captureBytes: rendered,
    call,
    what: `Rendering chart ${request.chart.slice(request.chart.lastIndexOf('/') + 1)} as release "${request.name}"`,
  });
  return result.stdout;
}
