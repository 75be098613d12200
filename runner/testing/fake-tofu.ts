import { z } from 'zod';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../contract/index.ts';
import { LandfallError } from '../../contract/index.ts';
import type { Tofu } from '../../engines/index.ts';

/** What a fake module's `module.json` holds; its variables are added to the state as it is applied. */
export type FakeModule = { outputs?: JsonObject; fails?: boolean; deletes?: string };

export type FakeCloud = {
  applied: Map<string, { module: FakeModule; variables: JsonObject }>;
  /** A lock that is held on any of the states. */
  readonly lockedBy: string | null;
  calls: string[];
  tofuIn: (workDir: string) => Tofu;
};

/** State and lock survive a killed runner, as in a bucket. Keyed by the backend's key. */
export function createFakeCloud(): FakeCloud {
  const locks = new Map<string, string>();
  const cloud: FakeCloud = {
    applied: new Map(),
    get lockedBy() {
      return [...locks.values()][0] ?? null;
    },
    calls: [],
    tofuIn: (workDir) => {
      const module = (): FakeModule =>
        z.custom<FakeModule>().parse(JSON.parse(readFileSync(join(workDir, 'module.json'), 'utf8')));
      const key = (): string => {
        const s3 = z.object({ s3: z.object({ key: z.string() }) });
        const file = z.object({ terraform: z.object({ backend: s3 }) });
        const text = readFileSync(join(workDir, 'landfall_backend_override.tf.json'), 'utf8');
        return file.parse(JSON.parse(text)).terraform.backend.s3.key;
      };
      let planned: JsonObject = {};
      const notUsed = (): never => {
        throw new Error('not used by the runner');
      };
      return {
        init: async (_, call) => {
          cloud.calls.push('init');
          await call?.onSpawn?.({ pid: 1, startTime: '1' });
        },
        plan: async (request, call) => {
          cloud.calls.push('plan');
          const lock = locks.get(key());
          if (lock !== undefined) {
            const detail = `Lock Info:\n  ID:        ${lock}\n  Path: x`;
            call?.onEvent?.({
              kind: 'diagnostic',
              diagnostic: { severity: 'error', summary: 'Error acquiring the state lock', detail },
            });
            throw new LandfallError('LF-ENGINES-021', 'Error acquiring the state lock', { temporary: true });
          }
          await call?.onSpawn?.({ pid: 1, startTime: '1' });
          planned = { ...request.variables };
          const now = JSON.stringify({ module: module(), variables: planned });
          const changed = JSON.stringify(cloud.applied.get(key())) !== now;
          return {
            changed,
            changes: { add: changed ? 1 : 0, change: 0, remove: module().deletes === undefined ? 0 : 1, import: 0 },
          };
        },
        showPlan: async () => {
          const type = module().deletes;
          const change = { actions: ['delete'] };
          return {
            resourceChanges:
              type === undefined
                ? []
                : [{ address: `${type}.x`, mode: 'managed', type, name: 'x', provider_name: '', change }],
            document: {},
          };
        },
        apply: async (_, call) => {
          cloud.calls.push('apply');
          locks.set(key(), '00000000-0000-4000-8000-000000000001');
          await call?.onSpawn?.({ pid: 1, startTime: '1' });
          locks.delete(key());
          if (module().fails === true) throw new LandfallError('LF-ENGINES-020', 'Applying failed: InvalidParameter');
          cloud.applied.set(key(), { module: module(), variables: planned });
          return { changes: { add: 1, change: 0, remove: 0, import: 0 } };
        },
        output: async () =>
          Object.fromEntries(
            Object.entries(module().outputs ?? {}).map(([name, value]) => [name, { sensitive: false, value }]),
          ),
        forceUnlock: async (request) => {
          cloud.calls.push('force-unlock');
          if (locks.get(key()) === request.lockId) locks.delete(key());
        },
        validate: notUsed,
        destroy: notUsed,
        statePull: notUsed,
        version: notUsed,
      };
    },
  };
  return cloud;
}
