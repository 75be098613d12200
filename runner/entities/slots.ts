import { type Entity, entityKey, type EntityReference } from '../../contract/index.ts';
import { fingerprintOf } from '../components/fingerprint.ts';
import { isReconsidered, type KnownEntity } from './decide.ts';
import type { EntityRecord } from './record.ts';
import type { ReleaseInForce } from './release.ts';

/** What the keeper knows of one entity. */
export type Slot = KnownEntity & {
  reference: EntityReference;
  /** As it is wanted; null: it is not. */
  entity: Entity | null;
  /** What is remembered of it; null: nothing is there. */
  record: EntityRecord | null;
  failures: number;
};

export type Slots = {
  all(): readonly Slot[];
  get(key: string): Slot | undefined;
  /** What an earlier runner has left. */
  load(records: readonly EntityRecord[]): void;
  /** What is wanted now, by which release. Entities that are neither wanted nor there are forgotten and returned. */
  refresh(wanted: readonly Entity[], release: ReleaseInForce | null): EntityReference[];
  forget(key: string): void;
  /** What had to wait for somebody's change may be due again. */
  reconsider(): void;
};

export function createSlots(): Slots {
  const slots = new Map<string, Slot>();
  const slotOf = ({ type, name }: EntityReference): Slot => {
    const key = entityKey({ type, name });
    const slot = slots.get(key) ?? {
      ...{ key, type, reference: { type, name }, entity: null, record: null, wanted: null },
      ...{ recorded: false, removing: false, tried: null, dirty: false, busy: false, retryAt: null },
      ...{ failed: false, failures: 0, heldUntil: null, applied: null, changingUntil: null },
    };
    slots.set(key, slot);
    return slot;
  };
  return {
    all: () => [...slots.values()],
    get: (key) => slots.get(key),
    load: (records) => {
      for (const record of records) {
        const { removing, of = null } = record;
        Object.assign(slotOf(record), { record, recorded: true, removing, applied: of });
      }
    },
    refresh: (wanted, release) => {
      const keys = new Set<string>();
      for (const entity of wanted) {
        const slot = slotOf(entity);
        keys.add(slot.key);
        const { generation, spec, type } = entity;
        slot.entity = entity;
        slot.wanted = fingerprintOf({ generation, spec, type: release?.fingerprintOf(type) ?? null });
      }
      const forgotten: EntityReference[] = [];
      for (const [key, slot] of slots) {
        if (keys.has(key)) continue;
        slot.entity = null;
        slot.wanted = null;
        if (slot.recorded || slot.busy) continue;
        slots.delete(key);
        forgotten.push(slot.reference);
      }
      return forgotten;
    },
    forget: (key) => slots.delete(key),
    reconsider: () => {
      for (const slot of slots.values()) if (isReconsidered(slot)) slot.dirty = true;
    },
  };
}
