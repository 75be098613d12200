import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type JsonObject, LandfallError } from '../../contract/index.ts';
import {
  createTofu,
  type ProcessIdentity,
  type Tofu,
  type TofuCall,
  type TofuEvent,
  writeCliConfig,
} from '../../engines/index.ts';
import type { AwsCredentials, InstallContext, InstallProgress } from '../context.ts';
import { forgetEngine, rememberEngine, settleEarlierEngine } from './engine-marker.ts';
import { lockedBy } from './explain-lock.ts';
import { byWayOut } from '../way-out.ts';
import { createOutlivingRunner } from './outliving-runner.ts';
import { releaseStaleLock } from './release-stale-lock.ts';
import type { StateObject } from './state-object.ts';

/** Enough for the lock of a run that just ends; a dead one's does not go away by waiting. */
const lockTimeoutMs = 5000;

export type StackRun = {
  step: InstallProgress['step'];
  /** The synthesised folder. */
  dir: string;
  region: string;
  credentials: AwsCredentials;
  variables?: JsonObject;
  /** Where the state is, once it is in the bucket: an earlier run that was killed may have left its lock there. */
  state?: StateObject;
  /** What to do with things that exist already although no state knows of them. */
  adoption?: Adoption;
};

/** See install/adopt. */
export type Adoption = {
  /** Writes what is to be taken into the state; false: there is nothing, the plan stands. */
  next: (dir: string, planFile: string, tofu: Tofu, call: TofuCall) => Promise<boolean>;
  forget: (dir: string) => Promise<void>;
};

/** Network, then what lies in it, then what connects it. */
const adoptionRounds = 4;

export type StackPlan = { changed: boolean; changes: { add: number; change: number; remove: number } };
export type StackResult = StackPlan & { outputs: Record<string, unknown> };

/** init, plan, apply of exactly that plan, outputs. Run again after a kill it goes on from the state. */
export function applyStack(context: InstallContext, run: StackRun): Promise<StackResult> {
  return withEngine(context, run, (tofu, call) => planAndApply(context, run, tofu, call));
}

/** What an apply would change; changes nothing. */
export function planStack(context: InstallContext, run: StackRun): Promise<StackPlan> {
  return withEngine(context, run, (tofu, call) => plan(context, run, tofu, call, () => Promise.resolve()));
}

/** Moves the folder's local state into the backend that it names now. */
export async function migrateState(context: InstallContext, run: StackRun): Promise<void> {
  await withEngine(context, run, (tofu, call) => tofu.init({ onBackendChange: 'migrate' }, call));
}

/** Runs `work` with an engine in the run's folder, after whatever an earlier run left there was settled. */
export async function withEngine<T>(
  context: InstallContext,
  run: StackRun,
  work: (tofu: Tofu, call: TofuCall) => Promise<T>,
): Promise<T> {
  await mkdir(run.dir, { recursive: true });
  // OpenTofu writes state and plans for everybody to read; the folder above may have been there before us.
  await chmod(run.dir, 0o700);
  const earlier = await settleEarlierEngine(run.dir, context.clock, (pid) => {
    const text = `the apply of an earlier run goes on as process ${pid}; waiting for its end`;
    context.say({ step: run.step, state: 'progress', text });
  });
  const { tofu, call } = await stackEngine(context, run, earlier?.startedAt);
  try {
    const result = await attempt(context, run, earlier, tofu, call, work);
    await forgetEngine(run.dir);
    return result;
  } catch (error) {
    // It ended by itself, so it gave its lock back: what is locked later is somebody else's.
    const endedItself = error instanceof LandfallError && error.code === 'LF-ENGINES-020';
    if (endedItself && earlier === undefined) await forgetEngine(run.dir);
    throw error;
  }
}

async function attempt<T>(
  context: InstallContext,
  run: StackRun,
  earlier: { startedAt: Date } | undefined,
  tofu: Tofu,
  call: TofuCall,
  work: (tofu: Tofu, call: TofuCall) => Promise<T>,
): Promise<T> {
  try {
    return await work(tofu, call);
  } catch (error) {
    if (!(error instanceof LandfallError) || error.code !== 'LF-ENGINES-021' || run.state === undefined) throw error;
    if (!(await releaseStaleLock(context, tofu, call, run.state, earlier))) {
      throw await lockedBy(context, run.state, error);
    }
    context.say({
      step: run.step,
      state: 'progress',
      text: 'released the state lock of an earlier run that was killed',
    });
    return work(tofu, call);
  }
}

async function planAndApply(context: InstallContext, run: StackRun, tofu: Tofu, call: TofuCall): Promise<StackResult> {
  const planned = await plan(context, run, tofu, call, async (planFile, { changed }) => {
    if (changed) await tofu.apply({ planFile, lockTimeoutMs }, call);
  });
  const outputs = Object.entries(await tofu.output(call)).map(([name, output]) => [name, output.value]);
  return { ...planned, outputs: Object.fromEntries(outputs) };
}

async function plan(
  context: InstallContext,
  run: StackRun,
  tofu: Tofu,
  call: TofuCall,
  use: (planFile: string, plan: StackPlan) => Promise<void>,
): Promise<StackPlan> {
  await tofu.init({}, call);
  const out = join(run.dir, 'landfall.tfplan');
  const { variables } = run;
  try {
    const planOnce = (): Promise<StackPlan> =>
      tofu.plan({ out, lockTimeoutMs, ...(variables === undefined ? {} : { variables }) }, call);
    await run.adoption?.forget(run.dir);
    let planned = await planOnce();
    for (let round = 0; run.adoption !== undefined && planned.changes.add > 0 && round < adoptionRounds; round++) {
      if (!(await run.adoption.next(run.dir, out, tofu, call))) break;
      planned = await planOnce();
      if (planned.changes.remove > 0) throw wouldRemove(run.step, planned);
    }
    context.say({ step: run.step, state: 'progress', text: describe(planned.changes) });
    await use(out, planned);
    return planned;
  } finally {
    // A saved plan holds values of the state.
    await rm(out, { force: true });
    await run.adoption?.forget(run.dir);
  }
}

/** An adopted thing that the plan would make anew: somebody decides, and not this run. */
function wouldRemove(step: string, { changes }: StackPlan): LandfallError {
  const message = `the ${step} stack finds things that an earlier run made, and would remove ${changes.remove} of them`;
  return new LandfallError('LF-INSTALL-032', message);
}

async function stackEngine(
  context: InstallContext,
  run: StackRun,
  /** Of an engine that was killed: until its lock is given back, a lock may be as old as that. */
  since: Date | undefined,
): Promise<{ tofu: Tofu; call: TofuCall }> {
  const cliConfigPath = join(run.dir, 'landfall.tfrc');
  const { providerMirror, signal } = context;
  if (providerMirror !== undefined) await writeCliConfig(cliConfigPath, { filesystemMirror: providerMirror });
  const { accessKeyId, secretAccessKey, sessionToken } = run.credentials;
  const tofu = createTofu({
    binary: context.engines.tofu,
    workDir: run.dir,
    runProcess: (request) => {
      const outlives = context.applyOutlivesUs === true && request.args[0] === 'apply';
      const runProcess = outlives
        ? byWayOut(createOutlivingRunner(context.clock, run.dir), context.wayOut)
        : context.runProcess;
      const onSpawn = (child: ProcessIdentity): Promise<void> =>
        rememberEngine(run.dir, child, since ?? context.clock.now(), outlives);
      return runProcess({ ...request, onSpawn });
    },
    ...(providerMirror === undefined ? {} : { cliConfigPath }),
    env: {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      ...(sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: sessionToken }),
      AWS_REGION: run.region,
      AWS_EC2_METADATA_DISABLED: 'true',
      ...(context.awsEndpointUrl === undefined ? {} : { AWS_ENDPOINT_URL: context.awsEndpointUrl }),
    },
  });
  const call: TofuCall = {
    secrets: [secretAccessKey, ...(sessionToken === undefined ? [] : [sessionToken])],
    onEvent: (event) => {
      const text = progressText(event);
      if (text !== undefined) context.say({ step: run.step, state: 'progress', text });
    },
    ...(signal === undefined ? {} : { signal }),
  };
  return { tofu, call };
}

function progressText(event: TofuEvent): string | undefined {
  if (event.kind !== 'resource') return undefined;
  if (event.step === 'complete') return `${event.address}: ${event.action} done`;
  return event.step === 'errored' ? `${event.address}: ${event.action} failed` : undefined;
}

function describe(changes: StackPlan['changes']): string {
  const { add, change, remove } = changes;
  return add + change + remove === 0 ? 'nothing to change' : `${add} to add, ${change} to change, ${remove} to remove`;
}
