import {
  apiVersion,
  canonicalJson,
  entitiesFeature,
  type EntityList,
  entityListSchema,
  LandfallError,
  payloadTypes,
} from '../../contract/index.ts';
import { channelTopic, pagesTopic } from '../channel/bell.ts';
import { lifetimeMs, renewBeforeMs } from '../channel/build-desired-state.ts';
import type { Context } from '../context.ts';

/** Issues the install's list of entities anew if what is wanted has changed, or the newest one nears its expiry. Rows say what is left to do. */
export async function reconcileEntities(context: Context, install: string): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt++) {
    if (await tryIssue(context, install)) return;
  }
  const message = `the entities of ${install} change faster than they can be written`;
  throw new LandfallError('LF-CONTROL-PLANE-016', message, { temporary: true });
}

/** False: somebody wrote in between; read again. */
async function tryIssue(context: Context, install: string): Promise<boolean> {
  const now = context.clock.now();
  const subject = await context.db
    .selectFrom('install')
    .leftJoin('entityList', 'entityList.install', 'install.id')
    .select(['entityGeneration', 'entityReconciled', 'entitySequence', 'entityList.expiresAt'])
    .where('install.id', '=', install)
    .executeTakeFirst();
  if (subject === undefined) return true;
  const { entityGeneration, entityReconciled, entitySequence, expiresAt } = subject;
  const ages = expiresAt !== null && expiresAt.getTime() - now.getTime() < renewBeforeMs;
  if (entityReconciled >= entityGeneration && !ages) return true;
  const rows = await context.db
    .selectFrom('entity')
    .select(['type', 'name', 'generation', 'spec'])
    .where('install', '=', install)
    .where('removedAt', 'is', null)
    .orderBy('type')
    .orderBy('name')
    .execute();
  const sequence = entitySequence + 1;
  const document: EntityList = entityListSchema.parse({
    ...{ apiVersion, kind: 'EntityList', critical: [entitiesFeature], install, sequence },
    issuedAt: now.toISOString(),
    expiresAt: new Date(now.getTime() + lifetimeMs).toISOString(),
    entities: rows.map((row) => ({ ...row, spec: JSON.parse(row.spec) })),
  });
  const bytes = Buffer.from(canonicalJson(document));
  const envelope = JSON.stringify(await context.signer.sign(payloadTypes.entities, bytes));
  const written = await context.db.transaction().execute(async (db) => {
    const claimed = await db
      .updateTable('install')
      .set({ entitySequence: sequence, entityReconciled: entityGeneration })
      .where('id', '=', install)
      .where('entitySequence', '=', entitySequence)
      .where('entityGeneration', '=', entityGeneration)
      .executeTakeFirst();
    if (claimed.numUpdatedRows === 0n) return false;
    const values = { sequence, envelope, issuedAt: now, expiresAt: new Date(document.expiresAt) };
    // Only the newest is kept: a list may be large, and each says all.
    await db
      .insertInto('entityList')
      .values({ install, ...values })
      .onConflict((conflict) => conflict.column('install').doUpdateSet(values))
      .execute();
    await db
      .updateTable('entity')
      .set({ removedIn: sequence })
      .where('install', '=', install)
      .where('removedIn', 'is', null)
      .where('removedFor', '<=', entityGeneration)
      .execute();
    return true;
  });
  if (!written) return false;
  context.bell.ring(channelTopic(install));
  context.bell.ring(pagesTopic);
  return true;
}
