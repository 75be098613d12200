import type { EntityMember, EntityType } from '../../contract/index.ts';
import { ofKind } from '../reconcile/kinds/index.ts';
import { scopeOf } from '../reconcile/definition.ts';
import { type CopyGuards, settleSecretCopy } from './copy-secret.ts';
import { componentOfMember, requireOwnNamespace, runOf } from './instantiate.ts';
import { nameOfMember } from './names.ts';
import type { MemberRecord } from './record.ts';
import { withoutMember } from './record.ts';
import { removeMember } from './remove.ts';
import { type EntityWork, workOf } from './work.ts';

/** `waiting`: something is under way, and its change wakes the entity. */
export type EntityOutcome = { kind: 'running' } | { kind: 'waiting'; message: string };

/** Brings an entity to what it should be, one component after the other; one begins when those that it depends on run. */
export async function settleEntity(
  work: EntityWork,
  type: EntityType,
  guards: CopyGuards = {},
): Promise<EntityOutcome> {
  const { parts, document, entity } = work;
  for (const { name, namespace } of type.components) {
    requireOwnNamespace(namespace, parts.namespace, nameOfMember(entity, name));
  }
  const ready = new Set<string>();
  const waiting: string[] = [];
  for (const member of type.components) {
    const missing = member.dependsOn.filter((name) => !ready.has(name));
    if (missing.length > 0) {
      waiting.push(`${member.name} waits for ${missing.join(', ')}`);
      continue;
    }
    const message = await settleMember(work, member, guards);
    if (message === null) ready.add(member.name);
    else waiting.push(message);
  }
  if (waiting.length > 0) return { kind: 'waiting', message: waiting.join('; ') };
  const names = new Set(type.components.map(({ name }) => name));
  const others = (await document.read())?.members.filter(({ name }) => !names.has(name)) ?? [];
  for (const other of [...others].reverse()) {
    const left = await removeMember(work, other);
    if (left !== null) return { kind: 'waiting', message: left };
    const record = await document.read();
    if (record !== null) await document.write(withoutMember(record, other.name), 'its type does not have it any more');
  }
  return { kind: 'running' };
}

/** Null: it runs. Else what is not there yet. */
async function settleMember(work: EntityWork, member: EntityMember, guards: CopyGuards): Promise<string | null> {
  const { parts, document, definition, entity, status } = work;
  if (member.kind === 'secret') {
    await settleSecretCopy(work, member, guards);
    return null;
  }
  const before = (await document.read())?.members.find(({ name }) => name === member.name);
  const run: MemberRecord['run'] =
    member.kind === 'job'
      ? runOf(member, scopeOf(definition, parts.install), entity.generation, before?.run)
      : undefined;
  const component = componentOfMember(entity, member, run);
  if (component === null) return null;
  const { name, kind, namespace } = member;
  const head = { name, kind, namespace, ...(run === undefined ? {} : { run }) };
  const direction = kind === 'job' ? 'forward' : 'keep';
  const settled = await ofKind(component).settle(workOf(work, head, direction));
  if (settled === 'settled') return null;
  const told = status.status().components.find((each) => each.name === component.name);
  const why = told?.conditions.find(({ type }) => type === 'Ready')?.message ?? 'it is not ready';
  return `${member.name}: ${why}`;
}
