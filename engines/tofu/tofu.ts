import { apply, type TofuApply } from './apply.ts';
import { destroy, type TofuDestroy } from './destroy.ts';
import type { TofuChanges } from './events.ts';
import { forceUnlock } from './force-unlock.ts';
import { init, type TofuInit } from './init.ts';
import type { TofuCall, TofuOptions } from './options.ts';
import { output, type TofuOutputs } from './output.ts';
import { plan, type TofuPlan, type TofuPlanResult } from './plan.ts';
import { showPlan, type TofuPlanDocument } from './show-plan.ts';
import { statePull, type TofuState } from './state-pull.ts';
import { statePush, type TofuStatePush } from './state-push.ts';
import { validate } from './validate.ts';
import { version } from './version.ts';

/** OpenTofu or Terraform in one work folder. A fake of this is what the runner's unit tests take. */
export type Tofu = {
  init(request?: TofuInit, call?: TofuCall): Promise<void>;
  validate(call?: TofuCall): Promise<void>;
  plan(request: TofuPlan, call?: TofuCall): Promise<TofuPlanResult>;
  showPlan(request: { readonly planFile: string }, call?: TofuCall): Promise<TofuPlanDocument>;
  apply(request: TofuApply, call?: TofuCall): Promise<{ readonly changes: TofuChanges }>;
  destroy(request?: TofuDestroy, call?: TofuCall): Promise<void>;
  output(call?: TofuCall): Promise<TofuOutputs>;
  statePull(call?: TofuCall): Promise<TofuState | undefined>;
  statePush(request: TofuStatePush, call?: TofuCall): Promise<void>;
  forceUnlock(request: { readonly lockId: string }, call?: TofuCall): Promise<void>;
  version(call?: TofuCall): Promise<string>;
};

export function createTofu(options: TofuOptions): Tofu {
  return {
    init: (request = {}, call = {}) => init(options, request, call),
    validate: (call = {}) => validate(options, call),
    plan: (request, call = {}) => plan(options, request, call),
    showPlan: (request, call = {}) => showPlan(options, request, call),
    apply: (request, call = {}) => apply(options, request, call),
    destroy: (request = {}, call = {}) => destroy(options, request, call),
    output: (call = {}) => output(options, call),
    statePull: (call = {}) => statePull(options, call),
    statePush: (request, call = {}) => statePush(options, request, call),
    forceUnlock: (request, call = {}) => forceUnlock(options, request, call),
    version: (call = {}) => version(options, call),
  };
}
