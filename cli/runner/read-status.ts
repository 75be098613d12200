import { gunzipSync } from 'node:zlib';
import { execa } from 'execa';
import * as z from 'zod';
import {
  describeError,
  LandfallError,
  type Limit,
  parseJson,
  reportSchema,
  runnerStatusSchema,
} from '../../contract/index.ts';
import type { Explained } from './explain.ts';

/** A ConfigMap of a status that is at its largest. */
const limit: Limit = { bytes: 4 * 1024 * 1024, depth: 24 };

const configMapSchema = z.object({
  data: z.record(z.string(), z.string()).optional(),
  binaryData: z.record(z.string(), z.string()).optional(),
});

/** From the customer's side: the runner's own ConfigMap, by the kubectl of whoever asks, with all ways of logging in that it knows. */
export async function statusFromCluster(
  kubectl: string,
  where: { namespace: string; kubeconfig?: string | undefined; context?: string | undefined },
): Promise<Explained> {
  const args = [
    ...['get', 'configmap', 'lf-status', `--namespace=${where.namespace}`, '--output=json', '--request-timeout=20s'],
    ...(where.kubeconfig === undefined ? [] : [`--kubeconfig=${where.kubeconfig}`]),
    ...(where.context === undefined ? [] : [`--context=${where.context}`]),
  ];
  try {
    const { stdout } = await execa(kubectl, args, { stdin: 'ignore', maxBuffer: limit.bytes, timeout: 30_000 });
    return statusIn(stdout);
  } catch (cause) {
    if (cause instanceof LandfallError) throw cause;
    const message = `the runner's status cannot be read from the cluster: ${describeError(cause).slice(0, 1000)}`;
    throw new LandfallError('LF-CLI-020', message, { cause });
  }
}

/** What kubectl gave; small ones are text, large ones gzipped. */
export function statusIn(configMap: string): Explained {
  const { data, binaryData } = parseJson(configMap, configMapSchema, 'the ConfigMap lf-status', limit);
  const zipped = binaryData?.['value.json.gz'];
  const text =
    zipped === undefined
      ? data?.['value.json']
      : gunzipSync(Buffer.from(zipped, 'base64'), { maxOutputLength: limit.bytes }).toString();
  if (text === undefined) throw new LandfallError('LF-CLI-020', 'the ConfigMap lf-status holds no status');
  return parseJson(text, runnerStatusSchema, 'the status of the runner', limit);
}

const answerSchema = z.object({ report: reportSchema.nullable() });

/** From the vendor's side: what the runner has reported last. */
export async function statusFromReport(
  control: { url: string; token: string; request: (url: string, headers: Record<string, string>) => Promise<string> },
  install: string,
): Promise<Explained> {
  const url = `${control.url.replace(/\/$/, '')}/v1/installs/${encodeURIComponent(install)}/report`;
  const body = await control.request(url, { authorization: `Bearer ${control.token}` });
  const { report } = parseJson(body, answerSchema, 'the answer of the control plane', limit);
  if (report === null) throw new LandfallError('LF-CLI-020', `the runner of ${install} has not reported yet`);
  return report;
}
