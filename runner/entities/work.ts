import type { Entity, EntityType } from '../../contract/index.ts';
import type { ComponentRecord } from '../components/record.ts';
import type { Work } from '../reconcile/component-kind.ts';
import type { Definition } from '../reconcile/definition.ts';
import type { Memory } from '../reconcile/memory/memory.ts';
import type { Parts } from '../reconcile/parts.ts';
import type { StatusKeeper } from '../reconcile/told/status.ts';
import type { EntityDocument } from './records.ts';
import { type EntityRecord, type MemberRecord, withMember } from './record.ts';

/** What one entity is worked on with. `definition` is the release in force, with the entity in its scope. */
export type EntityWork = {
  /** Those of the account of its type: nothing of an entity is changed with the runner's own rights. */
  parts: Parts;
  memory: Memory;
  status: StatusKeeper;
  document: EntityDocument;
  entity: Entity;
  /** Null: the release in force does not have it. */
  type: EntityType | null;
  definition: Definition;
  /** Of all that it is made from now; undefined: it is not made from anything new. */
  of: string | undefined;
  stop: AbortSignal;
};

/** An entity never waits: what is under way wakes it again. */
const waitForNothing = AbortSignal.abort();

export type MemberHead = Pick<MemberRecord, 'name' | 'kind' | 'namespace' | 'run'>;

/** The work of one component of an entity, as the kinds of components take it: what they remember goes into the entity's own record. */
export function workOf(work: EntityWork, head: MemberHead, direction: Work['direction']): Work {
  const { parts, status, definition, document, stop } = work;
  const keep = (component: ComponentRecord | null, intent: string): Promise<void> =>
    writeMember(work, { ...head, component }, intent);
  const memory: Memory = {
    ...work.memory,
    componentNames: async () => [],
    component: () => ({
      read: async () => (await document.read())?.members.find(({ name }) => name === head.name)?.component ?? null,
      write: keep,
      remove: (intent) => keep(null, intent),
    }),
  };
  return { parts, memory, status, definition, direction, signals: { stop, superseded: waitForNothing } };
}

export async function writeMember(
  { document, entity, of }: EntityWork,
  member: MemberRecord,
  intent: string,
): Promise<void> {
  const record = (await document.read()) ?? newRecord(entity);
  await document.write(withMember(begun(record, entity, of), member), intent);
}

/** From here on it is what is kept. */
export function begun(record: EntityRecord, { generation, spec }: Entity, of: string | undefined): EntityRecord {
  return { ...record, generation, spec, ...(of === undefined ? {} : { of }) };
}

export function newRecord(entity: Entity): EntityRecord {
  const { type, name, generation, spec } = entity;
  return { type, name, generation, spec, removing: false, members: [] };
}
