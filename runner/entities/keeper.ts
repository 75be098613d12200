import { elapsedMs, entityKey, type EntityList, type EntityState } from '../../contract/index.ts';
import type { LastGood, Memory } from '../reconcile/memory/memory.ts';
import type { Parts } from '../reconcile/parts.ts';
import { isFalse } from '../reconcile/told/status.ts';
import { createBell } from './bell.ts';
import type { CopyGuards } from './copy-secret.ts';
import { nextStep } from './decide.ts';
import type { EntityRecords } from './records.ts';
import { describeRelease, type ReleaseInForce } from './release.ts';
import { createSlots } from './slots.ts';
import { createEntityStates } from './states.ts';
import { type StepParts, takeStep } from './step.ts';
import { createEntityWatches } from './watches.ts';

export type EntityKeeper = {
  /** A newer list is in force. */
  accept(list: EntityList): void;
  /** The release in force may be another one. */
  wake(): void;
  /** The customer's policy has changed. */
  reconsider(): void;
  states(): ReadonlyMap<string, EntityState>;
  /** Keeps the entities in step until `stop`. Rejects when the lease is lost, or (temporary) when nothing can be read: then call it again. */
  run(stop: AbortSignal): Promise<void>;
};

export type EntityKeeperOptions = {
  /** Of the entities alone: what the reconciler knows of its own components is not theirs. */
  parts: Parts;
  memory: Memory;
  records: EntityRecords;
  /** The release that is wholly applied: its types are the ones that count. */
  inForce: () => Promise<LastGood | null>;
  /** By key: an entity's state has changed, or it is gone. */
  onState: (key: string) => void;
  /** Everything was looked at once: from here on states are complete. */
  onLoaded?: () => void;
  guards?: CopyGuards;
};

/** Entities that are worked on at a time. Each is one short step: none waits for what it has begun. */
const atATime = 8;

/**
 * Keeps entities in step beside the releases: whatever becomes of a release, and whatever becomes of one entity, the others go on. Woken by a
 * list, a watched object, the policy, a release that has come into force, or the time that a try has named.
 */
export function createEntityKeeper(options: EntityKeeperOptions): EntityKeeper {
  const { parts, memory, records } = options;
  const { clock, events } = parts;
  const bell = createBell(clock);
  const slots = createSlots();
  const states = createEntityStates(clock, events, options.onState);
  const owners = new Map<string, string>();
  const secrets = new Map<string, Set<string>>();
  const tasks = new Set<Promise<void>>();
  let list: EntityList | null = null;
  let release: ReleaseInForce | null = null;
  /** Why this runner must end; at most one. */
  const failures: unknown[] = [];

  const touch = (key: string | undefined): void => {
    const slot = key === undefined ? undefined : slots.get(key);
    if (slot === undefined) return;
    slot.dirty = true;
    bell.ring();
  };
  const watches = createEntityWatches(parts.kubernetes, parts, {
    component: (name) => touch(owners.get(name)),
    secret: (namespace, name) => secrets.get(`${namespace}/${name}`)?.forEach(touch),
  });
  const step: StepParts = {
    ...{ parts, memory, records, states, guards: options.guards },
    isLastOfType: ({ key, type }) => slots.all().every((each) => each.key === key || each.type !== type),
    owners: {
      component: (name, key) => owners.set(name, key),
      secret: (place, key) => secrets.set(place, (secrets.get(place) ?? new Set()).add(key)),
    },
  };

  const refresh = (): void => {
    for (const entity of list?.entities ?? []) {
      if (states.all().has(entityKey(entity))) continue;
      states.tell(entity, 0, 'Unknown', { Ready: isFalse('Pending', 'it was not looked at yet') });
    }
    for (const forgotten of slots.refresh(list?.entities ?? [], release)) states.gone(forgotten);
  };

  const lookAtRelease = async (): Promise<void> => {
    const lastGood = await options.inForce();
    if (lastGood === (release?.lastGood ?? null)) return;
    release = lastGood === null ? null : describeRelease(lastGood);
    refresh();
  };

  /** As many steps as there is room for; returns in how many milliseconds the next one comes due by itself. */
  const begin = (stop: AbortSignal): number | null => {
    // Without a list nothing is known of what is wanted: nothing is taken away for that.
    if (list === null || release === null || parts.policy.current().paused) return null;
    while (tasks.size < atATime) {
      const now = { elapsed: elapsedMs(clock), time: clock.now().getTime() };
      const next = nextStep(slots.all(), release.order, now, parts.policy.current().maxDisruption);
      if (next.kind === 'rest') return next.forMs;
      const slot = slots.get(next.key);
      if (slot === undefined) return null;
      const task: Promise<void> = takeStep(step, slot, next.kind, release, stop)
        .then((result) => {
          if (result === 'there') return;
          for (const keys of secrets.values()) keys.delete(slot.key);
          if (slot.wanted !== null) return;
          slots.forget(slot.key);
          states.gone(slot.reference);
        })
        .catch((error: unknown) => {
          failures.push(error);
        })
        .finally(() => {
          tasks.delete(task);
          bell.ring();
        });
      tasks.add(task);
    }
    return null;
  };

  return {
    accept: (next) => {
      list = next;
      refresh();
      bell.ring();
    },
    wake: () => bell.ring(),
    reconsider: () => {
      slots.reconsider();
      bell.ring();
    },
    states: () => states.all(),
    run: async (stop) => {
      failures.length = 0;
      try {
        slots.load(await records.load());
        refresh();
        for (const { reference, record, wanted } of slots.all()) {
          if (record === null || wanted !== null) continue;
          const facts = { Ready: isFalse('Pending', 'it was not looked at yet') };
          states.tell(reference, record.generation, list === null ? 'Unknown' : 'ShuttingDown', facts);
        }
        let told = false;
        while (!stop.aborted) {
          bell.answered();
          await lookAtRelease();
          states.suspend(pausedBy(parts.policy));
          const forMs = begin(stop);
          if (failures.length > 0) throw failures[0];
          if (tasks.size === 0 && !told) {
            told = true;
            options.onLoaded?.();
          }
          if (tasks.size < atATime) watches.follow(namespacesOf(secrets));
          await bell.heard(forMs, stop);
        }
      } catch (error) {
        if (!stop.aborted) throw error;
      } finally {
        await watches.stop();
        await Promise.allSettled(tasks);
      }
    },
  };
}

/** Why nothing is changed now; null: nothing keeps it. */
function pausedBy(policy: Parts['policy']): { reason: string; message: string } | null {
  const unusable = policy.unreadable?.() ?? null;
  if (unusable !== null) return { reason: 'PolicyUnusable', message: unusable };
  return policy.current().paused ? { reason: 'Paused', message: "the customer's policy pauses the runner" } : null;
}

function namespacesOf(secrets: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
  return new Set([...secrets].flatMap(([place, keys]) => (keys.size > 0 ? [place.slice(0, place.indexOf('/'))] : [])));
}
