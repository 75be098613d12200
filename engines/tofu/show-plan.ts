import * as z from 'zod';
import { type JsonObject, jsonObjectSchema } from '../../contract/index.ts';
import { invokeTofu, shortDeadlineMs } from './invoke.ts';
import type { TofuCall, TofuOptions } from './options.ts';
import { parseTofuJson } from './tofu-json.ts';

const planSchema = z.looseObject({
  format_version: z.string(),
  resource_changes: z
    .array(
      z.object({
        address: z.string(),
        mode: z.string().default('managed'),
        type: z.string(),
        name: z.string(),
        provider_name: z.string().default(''),
        change: z.object({
          actions: z.array(z.string()),
          before: z.json().optional(),
          after: z.json().optional(),
          after_unknown: z.json().optional(),
          before_sensitive: z.json().optional(),
          after_sensitive: z.json().optional(),
          replace_paths: z.json().optional(),
          /** There already, and taken into the state by this plan. */
          importing: z.json().optional(),
        }),
      }),
    )
    .default([]),
});

export type TofuResourceChange = z.infer<typeof planSchema>['resource_changes'][number];

/** `document` is the whole plan JSON with its secrets: for policy checks and digests, never for logs. */
export type TofuPlanDocument = {
  readonly resourceChanges: readonly TofuResourceChange[];
  readonly document: JsonObject;
};

export async function showPlan(
  options: TofuOptions,
  request: { readonly planFile: string },
  call: TofuCall,
): Promise<TofuPlanDocument> {
  const what = 'Reading the saved plan';
  const result = await invokeTofu(options, {
    args: ['show', '-json', '-no-color', request.planFile],
    deadlineMs: shortDeadlineMs,
    stdout: 'data',
    call,
    what,
  });
  const document = parseTofuJson(result.stdout, jsonObjectSchema, what);
  return { resourceChanges: parseTofuJson(result.stdout, planSchema, what).resource_changes, document };
}
