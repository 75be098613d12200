import { elapsedMs, type Entity, type EntityType, LandfallError } from '../../contract/index.ts';
import type { Memory } from '../reconcile/memory/memory.ts';
import { takeUsualRights, whoAreEntities } from '../accounts/index.ts';
import { partsAs } from '../reconcile/kinds/index.ts';
import type { Parts } from '../reconcile/parts.ts';
import { type Facts, isFalse, isTrue } from '../reconcile/told/status.ts';
import { type CopyGuards, placesOf } from './copy-secret.ts';
import { isChange, isLeaving, leavingMark } from './decide.ts';
import { describeFailure, isLeaseLost } from './failure.ts';
import { type Hold, holdOf } from './held.ts';
import { nameOfEntity, nameOfMember } from './names.ts';
import type { EntityRecords } from './records.ts';
import { definitionOf, type ReleaseInForce } from './release.ts';
import { removeEntity } from './remove.ts';
import { settleEntity } from './settle.ts';
import type { Slot } from './slots.ts';
import type { EntityStates } from './states.ts';
import { begun, type EntityWork } from './work.ts';

export type StepParts = {
  parts: Parts;
  memory: Memory;
  records: EntityRecords;
  states: EntityStates;
  /** Whom to wake when something of a component, or a Secret, changes. */
  owners: { component(name: string, key: string): void; secret(place: string, key: string): void };
  /** It is the only entity of its type, wanted or there. */
  isLastOfType: (slot: Slot) => boolean;
  guards?: CopyGuards | undefined;
};

const longestBackoffMs = 5 * 60_000;
/** How long an entity that does not get ready counts among those that are in change. */
const longestChangeMs = 5 * 60_000;

/** One step of one entity. What goes wrong is its state, and nobody else's; throws only when this runner must end. */
export async function takeStep(
  step: StepParts,
  slot: Slot,
  kind: 'settle' | 'remove',
  release: ReleaseInForce,
  stop: AbortSignal,
): Promise<'gone' | 'there'> {
  slot.busy = true;
  slot.dirty = false;
  slot.retryAt = null;
  slot.heldUntil = null;
  if (kind === 'settle' && isChange(slot)) slot.changingUntil = elapsedMs(step.parts.clock) + longestChangeMs;
  slot.tried = kind === 'settle' ? slot.wanted : leavingMark;
  try {
    const result =
      kind === 'settle' ? await settle(step, slot, release, stop) : await remove(step, slot, release, stop);
    slot.failures = 0;
    slot.failed = false;
    return result;
  } catch (error) {
    if (stop.aborted || isLeaseLost(error)) throw error;
    slot.failures += 1;
    slot.failed = true;
    slot.changingUntil = null;
    tellFailure(step, slot, error);
    return 'there';
  } finally {
    slot.busy = false;
  }
}

async function settle(step: StepParts, slot: Slot, release: ReleaseInForce, stop: AbortSignal): Promise<'there'> {
  const { entity } = slot;
  if (entity === null) return 'there';
  const type = release.types.get(entity.type);
  if (type === undefined) {
    const message = `${release.lastGood.key.version} has no type ${entity.type}; what is there of it is left as it is`;
    throw new LandfallError('LF-RUNNER-180', message);
  }
  const hold = holdOfChange(step, slot, entity, type);
  if (hold !== null) keepHeld(step, slot, hold);
  const suspended = hold === null ? {} : { Suspended: isTrue(hold.reason, hold.message) };
  // Till it may be changed, what is there is kept as it is.
  const { record } = slot;
  if (hold !== null && record === null) {
    step.states.tell(entity, 0, 'Unknown', { Ready: isFalse(hold.reason, hold.message), ...suspended });
    return 'there';
  }
  const { name, generation, spec } = hold === null || record === null ? entity : record;
  const aimed = { type: type.name, name, generation, spec: release.completeSpec(type, spec) };
  const of = hold === null ? (slot.wanted ?? undefined) : undefined;
  const work = workOn(step, slot, aimed, release, stop, of);
  for (const member of type.components) {
    if (member.kind !== 'secret') continue;
    for (const place of Object.values(placesOf(work, member))) {
      step.owners.secret(`${place.namespace}/${place.name}`, slot.key);
    }
  }
  try {
    const outcome = await settleEntity(work, type, step.guards);
    if (outcome.kind === 'running') {
      await remember(work);
      slot.changingUntil = null;
      const facts = { Ready: isTrue('Running', 'all of its components run'), ...suspended };
      step.states.tell(entity, generation, 'Running', facts);
      return 'there';
    }
    const { message } = outcome;
    const facts = { Ready: isFalse('Progressing', message), Reconciling: isTrue('Progressing', message), ...suspended };
    const own = nameOfEntity(entity);
    const members = work.status.status().components.filter((each) => each.name !== own);
    const state = members.some((each) => each.state === 'Error') ? 'Error' : 'Provisioned';
    step.states.tell(entity, generation, state, facts);
    return 'there';
  } finally {
    slot.record = await work.document.read();
    slot.recorded = slot.record !== null;
    slot.applied = slot.record?.of ?? null;
  }
}

/** Null: nothing is begun anew, or it may begin. */
function holdOfChange({ parts }: StepParts, slot: Slot, entity: Entity, type: EntityType): Hold | null {
  const { record, applied, wanted } = slot;
  if (record !== null && applied === wanted) return null;
  const verb = record === null ? ('install' as const) : ('upgrade' as const);
  return holdOf(parts, { verb, type: entity.type, asked: record?.generation !== entity.generation }, type);
}

/** Until that time of day, or for as long as it is away now, whichever is first: as sleepUntil has it. */
function keepHeld({ parts: { clock } }: StepParts, slot: Slot, { until }: Hold): void {
  slot.heldUntil = until.getTime();
  slot.retryAt = elapsedMs(clock) + until.getTime() - clock.now().getTime();
  slot.changingUntil = null;
}

/** Where nothing had to be made for it: it is what is kept all the same. */
async function remember({ document, entity, of }: EntityWork): Promise<void> {
  const record = await document.read();
  if (record === null || of === undefined || record.of === of) return;
  await document.write(begun(record, entity, of), 'it is as it is wanted');
}

async function remove(
  step: StepParts,
  slot: Slot,
  release: ReleaseInForce,
  stop: AbortSignal,
): Promise<'gone' | 'there'> {
  const record = await step.records.of(slot.reference).read();
  if (record !== null) {
    const { removing, members: _, of: __, ...entity } = record;
    const asked = { verb: 'uninstall' as const, type: entity.type, asked: true };
    const hold = removing ? null : holdOf(step.parts, asked, release.types.get(entity.type) ?? null);
    if (hold !== null) {
      keepHeld(step, slot, hold);
      const facts = { Ready: isFalse(hold.reason, hold.message), Suspended: isTrue(hold.reason, hold.message) };
      const before = step.states.all().get(slot.key)?.state ?? 'Unknown';
      step.states.tell(entity, entity.generation, before === 'ShuttingDown' ? 'Unknown' : before, facts);
      return 'there';
    }
    slot.removing = true;
    const tell = (message: string): void =>
      step.states.tell(entity, entity.generation, 'ShuttingDown', { Ready: isFalse('ShuttingDown', message) });
    if (slot.failures === 0) tell('it is being taken away');
    const left = await removeEntity(workOn(step, slot, entity, release, stop), record, async () => {
      if (step.parts.accounts === undefined || !step.isLastOfType(slot)) return;
      await takeUsualRights(step.parts, whoAreEntities(null, entity).component, stop);
    });
    if (left !== null) {
      tell(left);
      return 'there';
    }
    const message = `${slot.key} is gone, and all that it has made`;
    step.parts.events.event({ reason: 'EntityRemoved', component: null, severity: 'normal', message });
  }
  Object.assign(slot, { recorded: false, removing: false, record: null, tried: null });
  return 'gone';
}

function workOn(
  step: StepParts,
  slot: Slot,
  entity: Entity,
  release: ReleaseInForce,
  stop: AbortSignal,
  of?: string,
): EntityWork {
  const { parts, memory, records, states } = step;
  const type = release.types.get(entity.type) ?? null;
  const members = [...(type?.components ?? []), ...(slot.record?.members ?? []), { name: 'cleanup' }];
  for (const { name } of members) step.owners.component(nameOfMember(entity, name), slot.key);
  const document = records.of(entity);
  const definition = definitionOf(release.lastGood, entity);
  const who = whoAreEntities(
    type,
    entity,
    slot.record?.members.map(({ namespace }) => namespace),
  );
  return {
    parts: partsAs(parts, who),
    memory,
    entity,
    type,
    definition,
    of,
    document,
    stop,
    status: states.keeperOf(entity),
  };
}

function tellFailure({ parts, states }: StepParts, slot: Slot, error: unknown): void {
  const { reason, message, stalled, final } = describeFailure(error);
  const pause = Math.min(longestBackoffMs, (parts.backoff ?? doubling)(slot.failures));
  slot.retryAt = final ? null : elapsedMs(parts.clock) + pause;
  const facts: Facts = { Ready: isFalse(reason, message), ...(stalled ? { Stalled: isTrue(reason, message) } : {}) };
  const generation = (isLeaving(slot) ? slot.record : slot.entity)?.generation ?? 0;
  states.tell(slot.reference, generation, 'Error', facts);
  if (slot.failures > 1) return;
  const told = { reason: 'EntityFailed', component: null, severity: 'warning' as const };
  parts.events.event({ ...told, message: `${slot.key}: ${message}` });
}

const doubling = (failures: number): number => 1000 * 2 ** Math.min(failures - 1, 20);
