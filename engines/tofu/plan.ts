import type { JsonObject } from '../../contract/index.ts';
import type { TofuChanges } from './events.ts';
import { invokeTofu, longDeadlineMs } from './invoke.ts';
import { lockFlag, type TofuLock } from './lock.ts';
import type { TofuCall, TofuOptions } from './options.ts';
import { withJsonFile } from './variable-file.ts';

export type TofuPlan = TofuLock & {
  /** Where the plan is written. It holds secrets: it dies with the run. */
  readonly out: string;
  readonly variables?: JsonObject;
  readonly varFiles?: readonly string[];
  readonly destroy?: boolean;
  readonly refreshOnly?: boolean;
  readonly targets?: readonly string[];
};

export type TofuPlanResult = { readonly changed: boolean; readonly changes: TofuChanges };

export async function plan(options: TofuOptions, request: TofuPlan, call: TofuCall): Promise<TofuPlanResult> {
  return withJsonFile('landfall.tfvars.json', request.variables, options.privateDir, async (variables) => {
    const files = [...(request.varFiles ?? []), ...(variables === undefined ? [] : [variables])];
    const result = await invokeTofu(options, {
      args: [
        'plan',
        '-input=false',
        '-json',
        '-detailed-exitcode',
        `-out=${request.out}`,
        ...lockFlag(request),
        ...(request.destroy === true ? ['-destroy'] : []),
        ...(request.refreshOnly === true ? ['-refresh-only'] : []),
        ...(request.targets ?? []).map((target) => `-target=${target}`),
        ...files.map((file) => `-var-file=${file}`),
      ],
      deadlineMs: longDeadlineMs,
      okExitCodes: [0, 2],
      stdout: 'events',
      call,
      what: request.destroy === true ? 'Planning the removal' : 'Planning',
    });
    return { changed: result.exitCode === 2, changes: result.changes ?? { add: 0, change: 0, remove: 0, import: 0 } };
  });
}
