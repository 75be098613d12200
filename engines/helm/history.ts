import * as z from 'zod';
import { isNotFound } from './not-found.ts';
import { parseHelmJson } from './helm-json.ts';
import { queryDeadlineMs } from './deadlines.ts';
import type { HelmCall, HelmRelease } from './helm-call.ts';
import { type HelmContext, invokeHelm } from './invoke.ts';
import { helmStatusSchema } from './release-status.ts';

const historySchema = z.array(
  z.object({
    revision: z.number().int(),
    updated: z.string(),
    status: helmStatusSchema,
    chart: z.string(),
    app_version: z.string().default(''),
    description: z.string().default(''),
  }),
);

export type HelmRevision = z.infer<typeof historySchema>[number];

/** Oldest first; empty when there is no such release. */
export async function history(
  context: HelmContext,
  request: HelmRelease & { readonly max?: number },
  call: HelmCall,
): Promise<HelmRevision[]> {
  const what = `Reading the history of release "${request.name}" in namespace "${request.namespace}"`;
  try {
    const result = await invokeHelm(context, {
      args: ['history', request.name, '--output=json', `--max=${request.max ?? 256}`],
      namespace: request.namespace,
      deadlineMs: queryDeadlineMs,
      captureBytes: 4 * 1024 * 1024,
      call,
      what,
    });
    return parseHelmJson(result.stdout, historySchema, what);
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}
