import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonObject, TerraformComponent } from '../../../contract/index.ts';
import type { Tofu } from '../../../engines/index.ts';
import type { Effects, EventSink, InstallFacts, Mirror } from '../../ports.ts';
import type { DesiredTerraform } from '../desired.ts';
import { callOf, withStaleLock } from './calls.ts';
import { checkPlan } from './plan-check.ts';
import { prepareWorkFolder } from './work-folder.ts';

export type TerraformParts = {
  /** One Tofu per work folder; `env` is added to what it gets of AWS. */
  tofuIn: (workDir: string, cliConfigPath: string, env?: Readonly<Record<string, string>>) => Tofu;
  effects: Effects;
  mirror: Mirror;
  events: EventSink;
  workDir: string;
  install: InstallFacts;
  /** Whether an earlier run of this runner died in a terraform effect on this component: its lock may be taken off. */
  diedHolding: (component: string) => boolean;
};

/**
 * init -> plan -> check -> apply of exactly that plan. Returns the outputs the component declares; sensitive ones are left out. `beforeApply` is
 * called when there is something to apply, right before it.
 */
export async function actTerraform(
  parts: TerraformParts,
  desired: DesiredTerraform,
  beforeApply: () => Promise<void>,
  signal: AbortSignal,
): Promise<JsonObject> {
  const { component } = desired;
  const target = component.name;
  const stateKey = `components/${target}/terraform.tfstate`;
  const dir = await prepareWorkFolder(parts, component, stateKey, signal);
  const tofu = parts.tofuIn(dir.module, dir.cliConfig);
  const planFile = join(dir.module, 'landfall.plan');
  try {
    await parts.effects.run('terraform-init', { target, intent: component.module.digest }, (context) =>
      tofu.init({}, callOf(parts, target, context)),
    );
    const planned = await parts.effects.run('terraform-plan', { target, intent: desired.fingerprint }, (context) =>
      withStaleLock(parts, target, tofu, (onEvent) =>
        tofu.plan({ out: planFile, variables: desired.variables }, { ...callOf(parts, target, context), onEvent }),
      ),
    );
    if (planned.changed) {
      const { add, change, remove } = planned.changes;
      // Reading the plan starts the provider once more (seconds): it is read whenever something is removed or the summary says nothing.
      if (remove > 0 || add + change === 0) checkPlan(target, await tofu.showPlan({ planFile }, { signal }));
      await beforeApply();
      const intent = `${add} to add, ${change} to change, ${remove} to remove`;
      await parts.effects.run('terraform-apply', { target, intent }, (context) =>
        tofu.apply({ planFile }, callOf(parts, target, context)),
      );
    }
    return await declaredOutputs(tofu, component, signal);
  } finally {
    await rm(planFile, { force: true }); // It holds secrets.
  }
}

/** What other components may use: sensitive outputs stay in the state. */
export async function declaredOutputs(
  tofu: Tofu,
  component: TerraformComponent,
  signal: AbortSignal,
): Promise<JsonObject> {
  const outputs = await tofu.output({ signal });
  const declared = component.outputs.filter((name) => outputs[name]?.sensitive === false);
  return Object.fromEntries(declared.map((name) => [name, outputs[name]?.value ?? null]));
}
