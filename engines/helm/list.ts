import * as z from 'zod';
import { queryDeadlineMs } from './deadlines.ts';
import type { HelmCall } from './helm-call.ts';
import { parseHelmJson } from './helm-json.ts';
import { type HelmContext, invokeHelm } from './invoke.ts';
import { helmStatusSchema } from './release-status.ts';

const listSchema = z.array(
  z.object({
    name: z.string(),
    namespace: z.string(),
    revision: z.coerce.number().int(),
    updated: z.string(),
    status: helmStatusSchema,
    chart: z.string(),
    app_version: z.string().default(''),
  }),
);

export type HelmListed = z.infer<typeof listSchema>[number];

export type HelmList = {
  readonly namespace: string;
  /** Label selector over release records. */
  readonly selector?: string;
};

/** Every release of the namespace in every status. */
export async function list(context: HelmContext, request: HelmList, call: HelmCall): Promise<HelmListed[]> {
  const what = `Listing the releases of namespace "${request.namespace}"`;
  const result = await invokeHelm(context, {
    args: [
      'list',
      '--output=json',
      '--max=0',
      ...(request.selector === undefined ? [] : [`--selector=${request.selector}`]),
    ],
    namespace: request.namespace,
    deadlineMs: queryDeadlineMs,
    captureBytes: 4 * 1024 * 1024,
    call,
    what,
  });
  return parseHelmJson(result.stdout, listSchema, what);
}
