import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { canonicalJson, type Clock, type Json, type JsonObject, LandfallError } from '../../contract/index.ts';
import type { Tofu, TofuLockInfo, TofuPlanDocument, TofuResourceChange } from '../../engines/index.ts';
import { fakeHost, stateLocked } from './fake-lock.ts';
import { fakeInit } from './fake-init.ts';

/** What a fake module's `module.json` holds; its variables are added to the state as it is applied. */
export type FakeModule = {
  outputs?: JsonObject;
  /** Names of outputs that are sensitive. */
  sensitive?: string[];
  fails?: boolean;
  /** A resource of this type goes with it. */
  deletes?: string;
  /** Resources by address, of the type before the dot, as they are made; those that an earlier module made and this one lacks are deleted. */
  resources?: Record<string, Json>;
  provisioner?: string;
  /** More of its files, by name. */
  files?: Record<string, string>;
};

type Applied = { module: FakeModule; variables: JsonObject; secrets: Record<string, string> };

export type FakeCloud = {
  applied: Map<string, Applied>;
  serials: Map<string, number>;
  /** Of the states, by the backend's key. */
  locks: Map<string, TofuLockInfo>;
  /** A lock that is held on any of the states. */
  readonly lockedBy: string | null;
  /** Of the next apply: the bucket does not take the state, and the engine leaves it beside the module. */
  stateUploadFails: boolean;
  /** Addresses that somebody else has changed. */
  drifted: string[];
  calls: string[];
  tofuIn: (workDir: string, env?: Readonly<Record<string, string>>) => Tofu;
};

export const fakeModuleSchema = z.custom<FakeModule>();
const override = z.object({
  terraform: z.object({
    backend: z.record(z.string(), z.object({ key: z.string().optional(), secret_suffix: z.string().optional() })),
  }),
});
const erroredSchema = z.object({ serial: z.number(), lineage: z.string(), applied: z.custom<Applied>() });

/** State and lock survive a killed runner, as in a bucket. Keyed by the backend's key. */
export function createFakeCloud(clock: Clock): FakeCloud {
  const cloud: FakeCloud = {
    applied: new Map(),
    serials: new Map(),
    locks: new Map(),
    get lockedBy() {
      return [...cloud.locks.values()][0]?.id ?? null;
    },
    stateUploadFails: false,
    drifted: [],
    calls: [],
    tofuIn: (workDir, env = {}) => fakeTofu(cloud, clock, workDir, env),
  };
  return cloud;
}

function fakeTofu(cloud: FakeCloud, clock: Clock, workDir: string, env: Readonly<Record<string, string>>): Tofu {
  const module = (): FakeModule =>
    fakeModuleSchema.parse(JSON.parse(readFileSync(join(workDir, 'module.json'), 'utf8')));
  const key = (): string => {
    const text = readFileSync(join(workDir, 'landfall_backend_override.tf.json'), 'utf8');
    const [backend] = Object.values(override.parse(JSON.parse(text)).terraform.backend);
    return backend?.key ?? backend?.secret_suffix ?? '';
  };
  const lineage = (): string => `lineage of ${key()}`;
  let planned: { next: Applied | null; plan: TofuPlanDocument } = {
    next: null,
    plan: { resourceChanges: [], document: {} },
  };
  const requireUnlocked = (): void => {
    const lock = cloud.locks.get(key());
    if (lock !== undefined) throw stateLocked(lock);
  };
  const commit = (at: string, next: Applied | null): void => {
    cloud.serials.set(at, (cloud.serials.get(at) ?? 0) + 1);
    if (next === null) cloud.applied.delete(at);
    else cloud.applied.set(at, next);
  };
  const notUsed = (): never => {
    throw new Error('not used by the runner');
  };
  return {
    init: async (_, call) => {
      cloud.calls.push('init');
      await call?.onSpawn?.({ pid: 1, startTime: '1' });
      fakeInit(workDir);
    },
    plan: async (request, call) => {
      cloud.calls.push(request.refreshOnly === true ? 'refresh' : request.destroy === true ? 'plan-destroy' : 'plan');
      requireUnlocked();
      await call?.onSpawn?.({ pid: 1, startTime: '1' });
      const before = cloud.applied.get(key());
      if (request.refreshOnly === true) {
        const drift = cloud.drifted.map((address) => ({
          address,
          change: { actions: ['update'], before: { tags: 'a' }, after: { tags: 'b' } },
        }));
        planned = { next: null, plan: { resourceChanges: [], document: { resource_drift: drift } } };
        return { changed: drift.length > 0, changes: { add: 0, change: 0, remove: 0, import: 0 } };
      }
      const secrets = Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith('TF_VAR_')));
      const next: Applied | null =
        request.destroy === true ? null : { module: module(), variables: { ...request.variables }, secrets };
      const changed = canonicalJson(before ?? null) !== canonicalJson(next) || cloud.drifted.length > 0;
      const plan = {
        resourceChanges: changesBetween(before?.module, next?.module),
        document: documentOf(next?.module),
      };
      planned = { next, plan };
      const remove = plan.resourceChanges.filter(({ change }) => change.actions.includes('delete')).length;
      return { changed, changes: { add: changed ? 1 : 0, change: 0, remove, import: 0 } };
    },
    showPlan: async () => planned.plan,
    apply: async (_, call) => {
      cloud.calls.push('apply');
      requireUnlocked();
      const id = '00000000-0000-4000-8000-000000000001';
      const lock = { id, who: `root@${fakeHost}`, operation: 'OperationTypeApply', created: clock.now() };
      cloud.locks.set(key(), lock);
      await call?.onSpawn?.({ pid: 1, startTime: '1' });
      cloud.locks.delete(key());
      if (module().fails === true) throw new LandfallError('LF-ENGINES-020', 'Applying failed: InvalidParameter');
      if (cloud.stateUploadFails) {
        cloud.stateUploadFails = false;
        const serial = (cloud.serials.get(key()) ?? 0) + 1;
        const state = { serial, lineage: lineage(), applied: planned.next };
        writeFileSync(join(workDir, 'errored.tfstate'), JSON.stringify(state));
        throw new LandfallError('LF-ENGINES-020', 'Applying failed: Failed to save state');
      }
      commit(key(), planned.next);
      cloud.drifted = [];
      return { changes: { add: 1, change: 0, remove: 0, import: 0 } };
    },
    output: async () => {
      const { outputs = {}, sensitive = [] } = module();
      return Object.fromEntries(
        Object.entries(outputs).map(([name, value]) => [name, { sensitive: sensitive.includes(name), value }]),
      );
    },
    statePull: async () => {
      const serial = cloud.serials.get(key());
      if (serial === undefined) return undefined;
      const raw = JSON.stringify({ serial, lineage: lineage(), applied: cloud.applied.get(key()) });
      return { serial, lineage: lineage(), resources: 1, raw };
    },
    statePush: async (request, call) => {
      cloud.calls.push('state-push');
      requireUnlocked();
      await call?.onSpawn?.({ pid: 1, startTime: '1' });
      const state = erroredSchema.parse(JSON.parse(readFileSync(request.file, 'utf8')));
      cloud.serials.set(key(), state.serial);
      cloud.applied.set(key(), state.applied);
    },
    forceUnlock: async (request) => {
      cloud.calls.push('force-unlock');
      if (cloud.locks.get(key())?.id === request.lockId) cloud.locks.delete(key());
    },
    validate: notUsed,
    destroy: notUsed,
    version: notUsed,
  };
}

function changesBetween(before: FakeModule | undefined, after: FakeModule | undefined): TofuResourceChange[] {
  const [old, now] = [before?.resources ?? {}, after?.resources ?? {}];
  const addresses = [...new Set([...Object.keys(old), ...Object.keys(now)])].sort();
  const changes = addresses.flatMap((address) => {
    if (canonicalJson(old[address] ?? null) === canonicalJson(now[address] ?? null)) return [];
    const actions = old[address] === undefined ? ['create'] : now[address] === undefined ? ['delete'] : ['update'];
    return [changeOf(address, actions, old[address] ?? null, now[address] ?? null)];
  });
  return after?.deletes === undefined ? changes : [...changes, changeOf(`${after.deletes}.x`, ['delete'], {}, null)];
}

function changeOf(address: string, actions: string[], before: Json, after: Json): TofuResourceChange {
  const [type = '', name = ''] = address.split('.');
  return { address, mode: 'managed', type, name, provider_name: '', change: { actions, before, after } };
}

function documentOf(module: FakeModule | undefined): JsonObject {
  if (module?.provisioner === undefined) return {};
  const resources = [{ address: 'terraform_data.run', provisioners: [{ type: module.provisioner }] }];
  return { configuration: { root_module: { resources } } };
}
