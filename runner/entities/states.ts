import {
  type Clock,
  type ComponentState,
  type EntityReference,
  type EntityState,
  entityKey,
} from '../../contract/index.ts';
import type { EventSink } from '../ports.ts';
import { createStatusKeeper, type Facts, isTrue, type StatusKeeper } from '../reconcile/told/status.ts';
import { nameOfEntity } from './names.ts';

export type EntityStates = {
  all(): ReadonlyMap<string, EntityState>;
  tell(entity: EntityReference, generation: number, state: ComponentState, facts: Facts): void;
  gone(entity: EntityReference): void;
  /** Nothing is changed for this reason: every entity says so. Null: no more. */
  suspend(why: { reason: string; message: string } | null): void;
  /** Where the entity's components tell how they are. */
  keeperOf(entity: EntityReference): StatusKeeper;
};

/** How each entity is; what has changed is told by key. */
export function createEntityStates(clock: Clock, events: EventSink, onChange: (key: string) => void): EntityStates {
  const states = new Map<string, EntityState>();
  const keepers = new Map<string, StatusKeeper>();
  // An entity's state is told as one; those of its components only make it up.
  const quiet: EventSink = { ...events, componentState: () => undefined };
  const keeperOf = (entity: EntityReference): StatusKeeper => {
    const key = entityKey(entity);
    const keeper = keepers.get(key) ?? createStatusKeeper(clock, quiet, () => undefined);
    keepers.set(key, keeper);
    return keeper;
  };
  let suspended: Facts = {};
  const told = new Map<string, { entity: EntityReference; generation: number; state: ComponentState; facts: Facts }>();
  const tell: EntityStates['tell'] = (entity, generation, state, plain) => {
    const key = entityKey(entity);
    told.set(key, { entity, generation, state, facts: plain });
    const facts = { ...plain, ...suspended };
    const { type, name } = entity;
    const own = nameOfEntity(entity);
    const keeper = keeperOf(entity);
    // The one place that knows since when a condition is as it is.
    keeper.component({ name: own, kind: 'manifests' }, state, facts, null);
    const conditions = (keeper.status().components.find((each) => each.name === own)?.conditions ?? []).map((each) => ({
      ...each,
      message: each.message.slice(0, 500),
    }));
    const before = states.get(key);
    const now: EntityState = { type, name, generation, state, conditions };
    if (before !== undefined && JSON.stringify(before) === JSON.stringify(now)) return;
    states.set(key, now);
    onChange(key);
  };
  return {
    all: () => states,
    keeperOf,
    tell,
    suspend: (why) => {
      if (suspended.Suspended?.message === why?.message) return;
      suspended = why === null ? {} : { Suspended: isTrue(why.reason, why.message) };
      for (const { entity, generation, state, facts } of [...told.values()]) tell(entity, generation, state, facts);
    },
    gone: (entity) => {
      const key = entityKey(entity);
      told.delete(key);
      keepers.delete(key);
      if (states.delete(key)) onChange(key);
    },
  };
}
