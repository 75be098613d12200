import * as z from 'zod';
import { queryDeadlineMs } from './deadlines.ts';
import type { HelmCall, HelmRelease } from './helm-call.ts';
import { parseHelmJson } from './helm-json.ts';
import { type HelmContext, invokeHelm } from './invoke.ts';
import { isNotFound } from './not-found.ts';
import { helmStatusSchema } from './release-status.ts';

const statusSchema = z.object({
  name: z.string(),
  namespace: z.string(),
  version: z.number().int(),
  info: z.object({
    status: helmStatusSchema,
    description: z.string().default(''),
    last_deployed: z.string().optional(),
  }),
});

export type HelmReleaseStatus = {
  readonly name: string;
  readonly namespace: string;
  readonly revision: number;
  readonly status: z.infer<typeof helmStatusSchema>;
  readonly description: string;
  readonly lastDeployed: string | undefined;
};

/** The newest revision, or undefined when there is no such release. */
export async function status(
  context: HelmContext,
  request: HelmRelease,
  call: HelmCall,
): Promise<HelmReleaseStatus | undefined> {
  const what = `Reading the status of release "${request.name}" in namespace "${request.namespace}"`;
  try {
    const result = await invokeHelm(context, {
      args: ['status', request.name, '--output=json'],
      namespace: request.namespace,
      deadlineMs: queryDeadlineMs,
      captureBytes: 32 * 1024 * 1024,
      call,
      what,
    });
    const parsed = parseHelmJson(result.stdout, statusSchema, what);
    return {
      name: parsed.name,
      namespace: parsed.namespace,
      revision: parsed.version,
      status: parsed.info.status,
      description: parsed.info.description,
      lastDeployed: parsed.info.last_deployed,
    };
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
