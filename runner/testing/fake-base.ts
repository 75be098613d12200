import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { type Clock, type JsonObject, jsonObjectSchema, LandfallError } from '../../contract/index.ts';
import type { Tofu, TofuResourceChange } from '../../engines/index.ts';
import { type BaseLayerParts, ownBranch } from '../base/index.ts';
import { fakeHost, stateLocked } from './fake-lock.ts';
import { fakeInit } from './fake-init.ts';

/** What a fake base module wants: resources by address. */
export type FakeBaseModule = Record<string, { type: string; values: JsonObject }>;

const moduleSchema = z.object({ base: z.record(z.string(), z.object({ type: z.string(), values: jsonObjectSchema })) });
const prefix = 'lf-acme';
const lockId = '00000000-0000-4000-8000-0000000000ba';

type World = {
  there: Map<string, { type: string; values: JsonObject }>;
  serial: number;
  lockedBy: string | null;
  lockedAt: Date;
  /** Begun at AWS, by an engine that may be dead by now. */
  inFlight: TofuResourceChange[];
  updates: string[];
  ownGroup: string | null;
  /** Where the next runner lands when it asks to leave; null: it stays where it is. */
  roomElsewhere: string | null;
  /** `group while on own group` and other addresses, in the order of the applies. */
  applied: string[][];
  movedFor: string | null;
  moves: string[];
  lastEnv: Readonly<Record<string, string>>;
  variables: JsonObject;
};

/** A base layer that outlives every runner: what is there, what AWS is doing, where the runner is, and what was applied in which order. */
export function createFakeBase(clock: Clock) {
  const world: World = {
    there: new Map(),
    serial: 1,
    lockedBy: null,
    lockedAt: clock.now(),
    inFlight: [],
    updates: [],
    ownGroup: 'general',
    roomElsewhere: 'large',
    applied: [],
    movedFor: null,
    moves: [],
    lastEnv: {},
    variables: {},
  };
  const commit = (changes: readonly TofuResourceChange[]): void => {
    for (const { address, type, change } of changes) {
      world.serial += 1;
      if (change.after == null) world.there.delete(address);
      else world.there.set(address, { type, values: jsonObjectSchema.parse(change.after) });
    }
  };
  const changesTo = (wanted: FakeBaseModule, targets: readonly string[]): TofuResourceChange[] => {
    const all = new Set([...world.there.keys(), ...Object.keys(wanted)]);
    return [...all].flatMap((address) => {
      const [before, after] = [world.there.get(address), wanted[address]];
      // As the engine: a target takes what it depends on along, and here a group depends on its template.
      const targeted =
        targets.length === 0 ||
        targets.includes(address) ||
        targets.includes(address.replace('aws_launch_template', 'aws_eks_node_group'));
      if (!targeted || JSON.stringify(before) === JSON.stringify(after)) return [];
      const actions = before === undefined ? ['create'] : after === undefined ? ['delete'] : ['update'];
      const type = (after ?? before)?.type ?? '';
      const change = { actions, before: before?.values ?? null, after: after?.values ?? null };
      return [{ address, mode: 'managed', type, name: address, provider_name: '', change }];
    });
  };

  const tofuIn = (workDir: string, env: Readonly<Record<string, string>>): Tofu => {
    const wanted = (): FakeBaseModule =>
      moduleSchema.parse(JSON.parse(readFileSync(join(workDir, 'module.json'), 'utf8'))).base;
    let planned: TofuResourceChange[] = [];
    const unused = (): never => {
      throw new Error('not used by the runner');
    };
    const counts = () => ({ add: planned.length, change: 0, remove: 0, import: 0 });
    return {
      init: async (_, call) => {
        world.lastEnv = env;
        await call?.onSpawn?.({ pid: 1, startTime: '1' });
        fakeInit(workDir);
      },
      plan: async (request, call) => {
        if (world.lockedBy !== null) {
          throw stateLocked({
            id: world.lockedBy,
            who: `root@${fakeHost}`,
            operation: 'OperationTypeApply',
            created: world.lockedAt,
          });
        }
        await call?.onSpawn?.({ pid: 1, startTime: '1' });
        world.variables = { ...request.variables };
        planned = changesTo(wanted(), request.targets ?? []);
        return { changed: planned.length > 0, changes: counts() };
      },
      showPlan: async () => ({ resourceChanges: planned, document: {} }),
      apply: async (_, call) => {
        world.lockedBy = lockId;
        world.lockedAt = clock.now();
        world.inFlight = planned;
        const on = world.ownGroup === null ? '' : ` while on ${world.ownGroup}`;
        world.applied.push(
          planned.map(({ address, type }) => (type === 'aws_eks_node_group' ? `${address}${on}` : address)),
        );
        await call?.onSpawn?.({ pid: 1, startTime: '1' });
        if (world.updates.length > 0) {
          world.lockedBy = null;
          world.inFlight = [];
          throw new LandfallError('LF-ENGINES-020', 'ResourceInUseException');
        }
        commit(planned);
        world.inFlight = [];
        world.lockedBy = null;
        return { changes: counts() };
      },
      output: async () => ({ vpcId: { sensitive: false, value: 'vpc-1' } }),
      statePull: async () => ({ serial: world.serial, lineage: 'l', resources: world.there.size, raw: '' }),
      forceUnlock: async () => {
        world.lockedBy = null;
      },
      statePush: unused,
      validate: unused,
      destroy: unused,
      version: unused,
    };
  };

  const parts = (): BaseLayerParts => ({
    variables: { nat: 'single', install_access: 'closed' },
    upgradeRoleArn: `arn:aws:iam::123456789012:role/${prefix}-upgrade`,
    own: (nodeGroup) =>
      ownBranch({
        upgradeRoleArn: `arn:aws:iam::123456789012:role/${prefix}-upgrade`,
        prefix,
        cluster: prefix,
        namespace: 'landfall-system',
        stateBucket: 'state',
        stateKeyArn: null,
        nodeGroup,
      }),
    cloud: {
      look: async () => ({
        updates: [...world.updates, ...world.inFlight.map(({ address }) => `${address} is under way`)],
        nodeGroups: [...world.there.values()]
          .filter(({ type }) => type === 'aws_eks_node_group')
          .map(({ values }) => z.string().parse(values['node_group_name'])),
      }),
    },
    place: {
      look: async () => ({ nodeGroup: world.ownGroup, movedFor: world.movedFor }),
      leave: async (nodeGroup, purpose) => {
        world.moves.push(nodeGroup);
        world.movedFor = purpose;
        world.ownGroup = world.roomElsewhere ?? nodeGroup;
      },
    },
  });

  return {
    world,
    tofuIn,
    parts,
    /** AWS is done with what an engine has begun. */
    finishUpdates: (): void => {
      commit(world.inFlight);
      world.inFlight = [];
      world.updates = [];
    },
  };
}
