import {
  type Clock,
  type ComponentState,
  type EntityReference,
  type EntityState,
  entityKey,
} from '../../contract/index.ts';
import type { EventSink } from '../ports.ts';
import { createStatusKeeper, type Facts, type StatusKeeper } from '../reconcile/told/status.ts';
import { nameOfEntity } from './names.ts';

export type EntityStates = {
  all(): ReadonlyMap<string, EntityState>;
  tell(entity: EntityReference, generation: number, state: ComponentState, facts: Facts): void;
  gone(entity: EntityReference): void;
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
  return {
    all: () => states,
    keeperOf,
    tell: (entity, generation, state, facts) => {
      const key = entityKey(entity);
      const { type, name } = entity;
      const own = nameOfEntity(entity);
      const keeper = keeperOf(entity);
      // The one place that knows since when a condition is as it is.
      keeper.component({ name: own, kind: 'manifests' }, state, facts, null);
      const conditions = (keeper.status().components.find((each) => each.name === own)?.conditions ?? []).map(
        (each) => ({
          ...each,
          message: each.message.slice(0, 500),
        }),
      );
      const before = states.get(key);
      const now: EntityState = { type, name, generation, state, conditions };
      if (before !== undefined && JSON.stringify(before) === JSON.stringify(now)) return;
      states.set(key, now);
      onChange(key);
    },
    gone: (entity) => {
      const key = entityKey(entity);
      keepers.delete(key);
      if (states.delete(key)) onChange(key);
    },
  };
}
