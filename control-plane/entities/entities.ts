import type { Selectable } from 'kysely';
import * as z from 'zod';
import {
  canonicalJson,
  completer,
  componentStates,
  conditionSchema,
  entityKey,
  type EntityReference,
  entitySchema,
  instantSchema,
  jsonObjectSchema,
  type JsonObject,
  LandfallError,
  largestSpec,
  limits,
  mostEntities,
  requireWithin,
} from '../../contract/index.ts';
import { findChannel } from '../catalogue/channels.ts';
import { type EntityTypeSummary, findRelease } from '../catalogue/releases.ts';
import type { Context } from '../context.ts';
import type { Tables } from '../database/tables.ts';
import { recordEvent } from '../events/record-event.ts';
import { findInstall } from '../installs/installs.ts';
import { reconcileEntities } from './issue.ts';

export const entitySpecSchema = z.strictObject({ spec: jsonObjectSchema });
export const newEntitySchema = entitySchema.pick({ type: true, name: true }).extend({ spec: jsonObjectSchema });
export const entityBatchSchema = z.strictObject({ entities: z.array(newEntitySchema).min(1).max(500) });
export type NewEntity = z.infer<typeof newEntitySchema>;

/** An entity as it is wanted, and as the runner says that it is. */
export const entityViewSchema = entitySchema.extend({
  state: z.enum(componentStates),
  conditions: z.array(conditionSchema),
  /** The generation that the state is of; 0: the runner has not looked at it yet. */
  observedGeneration: z.number().int(),
  /** It is being taken away: it is gone from here when all that it has made is. */
  removing: z.boolean(),
  createdAt: instantSchema,
  changedAt: instantSchema,
});
export type EntityView = z.infer<typeof entityViewSchema>;

/** Levels of the list above a spec: its own, that of the entities, and the entity's. One that is too deep would keep the runner from reading any. */
const aboveSpec = 3;
/** Roughly what an entity takes in the list beside its spec, in bytes. */
const overhead = 160;

/** Creates or changes entities, all of them or none. The same may be sent again. */
export async function applyEntities(
  context: Context,
  install: string,
  wanted: readonly NewEntity[],
): Promise<{ changed: number; created: number }> {
  const types = await typesOf(context, install);
  const checks = new Map(types.map(({ name, schema }) => [name, completer(schema, 'spec')]));
  for (const entity of wanted) requireFit(entity, checks, types);
  const result = await context.db.transaction().execute(async (db) => {
    // The install's row is the lock: what there is in all is counted once.
    const locked = await db
      .selectFrom('install')
      .select('entityGeneration')
      .where('id', '=', install)
      .forUpdate()
      .executeTakeFirstOrThrow();
    const rows = await db.selectFrom('entity').selectAll().where('install', '=', install).execute();
    const before = new Map(rows.map((row) => [entityKey(row), row]));
    const now = context.clock.now();
    let changed = 0;
    let created = 0;
    for (const { type, name, spec } of wanted) {
      const row = before.get(entityKey({ type, name }));
      if (row?.removedAt != null) {
        throw new LandfallError('LF-CONTROL-PLANE-020', `${type}/${name} is being removed`);
      }
      const text = canonicalJson(spec);
      if (row?.spec === text) continue;
      changed += 1;
      if (row === undefined) created += 1;
      const values = { spec: text, changedAt: now, generation: (row?.generation ?? 0) + 1 };
      await db
        .insertInto('entity')
        .values({ install, type, name, createdAt: now, ...values })
        .onConflict((conflict) => conflict.columns(['install', 'type', 'name']).doUpdateSet(values))
        .execute();
      before.set(entityKey({ type, name }), { ...emptyRow, ...row, install, type, name, createdAt: now, ...values });
    }
    requireRoom([...before.values()]);
    if (changed === 0) return { changed, created };
    await db
      .updateTable('install')
      .set({ entityGeneration: locked.entityGeneration + 1 })
      .where('id', '=', install)
      .execute();
    const [first] = wanted;
    const what = wanted.length === 1 && first !== undefined ? entityKey(first) : `${changed} entities`;
    const message = `Applied: ${what}.`;
    await recordEvent({ db, clock: context.clock }, { install, reason: 'EntitiesApplied', message });
    return { changed, created };
  });
  await reconcileEntities(context, install);
  return result;
}

/** It leaves the list, and is forgotten when the runner says that all that it has made is gone. */
export async function removeEntity(context: Context, install: string, entity: EntityReference): Promise<EntityView> {
  await findEntity(context, install, entity);
  await context.db.transaction().execute(async (db) => {
    const locked = await db
      .selectFrom('install')
      .select('entityGeneration')
      .where('id', '=', install)
      .forUpdate()
      .executeTakeFirstOrThrow();
    const removedFor = locked.entityGeneration + 1;
    const updated = await db
      .updateTable('entity')
      .set({ removedAt: context.clock.now(), removedFor })
      .where('install', '=', install)
      .where('type', '=', entity.type)
      .where('name', '=', entity.name)
      .where('removedAt', 'is', null)
      .executeTakeFirst();
    if (updated.numUpdatedRows === 0n) return;
    await db.updateTable('install').set({ entityGeneration: removedFor }).where('id', '=', install).execute();
    const message = `Removed: ${entityKey(entity)}.`;
    await recordEvent({ db, clock: context.clock }, { install, reason: 'EntityRemoved', message });
  });
  await reconcileEntities(context, install);
  return findEntity(context, install, entity);
}

export async function listEntities(
  { db }: Context,
  install: string,
  page: { type?: string | undefined; after?: EntityReference | undefined; limit: number },
): Promise<EntityView[]> {
  const { type, after, limit } = page;
  const rows = await db
    .selectFrom('entity')
    .leftJoin('entityState', (join) =>
      join
        .onRef('entityState.install', '=', 'entity.install')
        .onRef('entityState.type', '=', 'entity.type')
        .onRef('entityState.name', '=', 'entity.name'),
    )
    .selectAll('entity')
    .select(['entityState.state', 'entityState.conditions', 'entityState.generation as observedGeneration'])
    .where('entity.install', '=', install)
    .$if(type !== undefined, (query) => query.where('entity.type', '=', type ?? ''))
    .$if(after !== undefined, (query) =>
      query.where((eb) =>
        eb.or([
          eb('entity.type', '>', after?.type ?? ''),
          eb.and([eb('entity.type', '=', after?.type ?? ''), eb('entity.name', '>', after?.name ?? '')]),
        ]),
      ),
    )
    .orderBy('entity.type')
    .orderBy('entity.name')
    .limit(limit)
    .execute();
  return rows.map((row) =>
    entityViewSchema.parse({
      type: row.type,
      name: row.name,
      generation: row.generation,
      spec: JSON.parse(row.spec),
      state: row.state ?? 'Unknown',
      conditions: JSON.parse(row.conditions ?? '[]'),
      observedGeneration: row.observedGeneration ?? 0,
      removing: row.removedAt !== null,
      createdAt: row.createdAt.toISOString(),
      changedAt: row.changedAt.toISOString(),
    }),
  );
}

export async function findEntity(context: Context, install: string, entity: EntityReference): Promise<EntityView> {
  await findInstall(context, install);
  const all = await listEntities(context, install, { type: entity.type, limit: 2 * mostEntities });
  const found = all.find(({ name }) => name === entity.name);
  if (found !== undefined) return found;
  throw new LandfallError('LF-CONTROL-PLANE-008', `there is no entity ${entityKey(entity)} in ${install}`);
}

/** Of the release that the install is on its way to, or has. */
export async function typesOf(context: Context, install: string): Promise<EntityTypeSummary[]> {
  const { product, channel } = await findInstall(context, install);
  const { version } = await findChannel(context, product, channel);
  return version === null ? [] : (await findRelease(context, product, version)).entityTypes;
}

function requireFit(
  { type, name, spec }: NewEntity,
  checks: ReadonlyMap<string, (spec: JsonObject) => JsonObject>,
  types: readonly EntityTypeSummary[],
): void {
  const check = checks.get(type);
  if (check === undefined) {
    const known = types.map((each) => each.name).join(', ');
    const message = `${type}/${name}: ${type} is no type of the install's release; it has ${known === '' ? 'none' : known}`;
    throw new LandfallError('LF-CONTROL-PLANE-019', message);
  }
  try {
    requireWithin(canonicalJson(spec), 'the spec', { bytes: largestSpec, depth: limits.entities.depth - aboveSpec });
  } catch (cause) {
    if (!(cause instanceof LandfallError)) throw cause;
    throw new LandfallError('LF-CONTROL-PLANE-021', `${type}/${name}: ${cause.message}`, { cause });
  }
  try {
    check(spec);
  } catch (cause) {
    // Of many at once, which one it is.
    if (!(cause instanceof LandfallError)) throw cause;
    throw new LandfallError(cause.code, `${type}/${name}: ${cause.message}`, { cause });
  }
}

function requireRoom(rows: readonly Pick<Selectable<Tables['entity']>, 'spec' | 'removedAt'>[]): void {
  const there = rows.filter(({ removedAt }) => removedAt === null);
  const bytes = there.reduce((sum, { spec }) => sum + Buffer.byteLength(spec) + overhead, 1024);
  if (there.length <= mostEntities && bytes <= limits.entities.bytes) return;
  const message = `${there.length} entities of ${bytes} bytes; an install has at most ${mostEntities} of ${limits.entities.bytes} bytes in all`;
  throw new LandfallError('LF-CONTROL-PLANE-021', message);
}

const emptyRow = { removedAt: null, removedFor: null, removedIn: null };
