import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type JsonObject, LandfallError } from '../../../contract/index.ts';
import { type Tofu, type TofuCall, type TofuEvent, writeCliConfig } from '../../../engines/index.ts';
import type { EffectContext, Effects, EventSink, InstallFacts, Mirror } from '../../ports.ts';
import type { DesiredTerraform } from '../desired.ts';
import { checkPlan } from './plan-check.ts';

export type TerraformParts = {
  /** One Tofu per work folder. */
  tofuIn: (workDir: string, cliConfigPath: string) => Tofu;
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
  const dir = await prepare(parts, desired, signal);
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
    const outputs = await tofu.output({ signal });
    const declared = component.outputs.filter((name) => outputs[name]?.sensitive === false);
    return Object.fromEntries(declared.map((name) => [name, outputs[name]?.value ?? null]));
  } finally {
    await rm(planFile, { force: true }); // It holds secrets.
  }
}

/** The module in a folder of its own, the providers from the mirror, the backend in the customer's account. */
async function prepare(
  parts: TerraformParts,
  desired: DesiredTerraform,
  signal: AbortSignal,
): Promise<{ module: string; cliConfig: string }> {
  const { component } = desired;
  const base = join(parts.workDir, 'terraform', component.name);
  const module = join(base, 'module');
  const providers = join(parts.workDir, 'terraform', 'providers');
  const cliConfig = join(base, 'tofu.rc');
  await keepErroredState(module, base);
  await rm(module, { recursive: true, force: true });
  await mkdir(module, { recursive: true });
  await mkdir(providers, { recursive: true });
  await parts.mirror.fetchModule(component.module, module, signal);
  await parts.mirror.fetchProviders([...component.providers], providers, signal);
  await writeCliConfig(cliConfig, { filesystemMirror: providers });
  const backend = { terraform: { backend: { s3: backendFor(parts.install, component.name) } } };
  await writeFile(join(module, 'landfall_backend_override.tf.json'), `${JSON.stringify(backend, null, 2)}\n`);
  return { module, cliConfig };
}

function backendFor(install: InstallFacts, component: string): JsonObject {
  const endpoint = install.terraformEnv['AWS_ENDPOINT_URL'] ?? '';
  return {
    bucket: install.state.bucket,
    key: `components/${component}/terraform.tfstate`,
    region: install.state.region,
    encrypt: true,
    use_lockfile: true,
    ...(install.state.kmsKeyArn === null ? {} : { kms_key_id: install.state.kmsKeyArn }),
    ...(endpoint === '' ? {} : { use_path_style: true }), // An address has no subdomains for buckets.
  };
}

/** State that could not be written at the end of an apply is the only trace of what was made: kept beside, never deleted. */
async function keepErroredState(module: string, base: string): Promise<void> {
  const files = await readdir(module).catch((): string[] => []);
  if (!files.includes('errored.tfstate')) return;
  await mkdir(join(base, 'errored'), { recursive: true });
  await copyFile(join(module, 'errored.tfstate'), join(base, 'errored', `${process.hrtime.bigint()}.tfstate`));
}

/** When the state is locked and our own dead predecessor held it, the lock is taken off and the call made once more. */
async function withStaleLock<T>(
  parts: TerraformParts,
  target: string,
  tofu: Tofu,
  fn: (onEvent: (event: TofuEvent) => void) => Promise<T>,
): Promise<T> {
  let lockId: string | undefined;
  const onEvent = (event: TofuEvent): void => {
    if (event.kind === 'diagnostic') lockId ??= /^\s*ID:\s+([0-9a-f-]{36})\s*$/m.exec(event.diagnostic.detail)?.[1];
  };
  try {
    return await fn(onEvent);
  } catch (error) {
    const locked = error instanceof LandfallError && error.code === 'LF-ENGINES-021';
    const id = lockId;
    if (!locked || id === undefined || !parts.diedHolding(target)) throw error;
    await parts.effects.run('terraform-unlock', { target, intent: `lock ${id} of a runner that is dead` }, (context) =>
      tofu.forceUnlock({ lockId: id }, callOf(parts, target, context)),
    );
    return fn(onEvent);
  }
}

function callOf(parts: TerraformParts, component: string, context: EffectContext): TofuCall {
  return {
    signal: context.signal,
    onSpawn: context.onSpawn,
    onLine: ({ text }) => {
      if (text.trim() !== '') parts.events.log('info', text, { engine: 'tofu', component });
    },
  };
}
