import type { EntityReference, EntityReport } from '../../contract/index.ts';
import { pagesTopic } from '../channel/bell.ts';
import type { Context } from '../context.ts';
import { isOvertaken, lockInstall, type Sender } from '../runners/turn.ts';

/** Keeps what has changed. A part of an older process, or one that was overtaken, is dropped without an error: the newer one has told more. */
export async function storeEntityReport(context: Context, from: Sender, report: EntityReport): Promise<void> {
  const { runner, sequence, acceptedSequence } = report;
  const { install, keyId } = from;
  const stored = await context.db.transaction().execute(async (db) => {
    await lockInstall(db, from);
    const before = await db.selectFrom('entityReport').selectAll().where('install', '=', install).executeTakeFirst();
    const turn = { keyId, leaseEpoch: runner.leaseEpoch, sequence };
    if (before !== undefined && isOvertaken(turn, before)) return false;
    const boot = runner.bootId;
    const row = { ...turn, boot, acceptedSequence, at: new Date(report.at) };
    await db
      .insertInto('entityReport')
      .values({ install, ...row })
      .onConflict((conflict) => conflict.column('install').doUpdateSet(row))
      .execute();
    for (const { type, name, generation, state, conditions } of report.entities) {
      const values = { generation, state, conditions: JSON.stringify(conditions), boot };
      await db
        .insertInto('entityState')
        .values({ install, type, name, ...values })
        .onConflict((conflict) => conflict.columns(['install', 'type', 'name']).doUpdateSet(values))
        .execute();
    }
    for (const { type, name } of report.gone) await forget(db, install, { type, name });
    if (!report.complete) return true;
    // Everything that there is was told under this process: what an earlier one told is over.
    await db.deleteFrom('entityState').where('install', '=', install).where('boot', '<>', boot).execute();
    await db
      .deleteFrom('entity')
      .where('install', '=', install)
      .where('removedIn', '<=', acceptedSequence)
      .where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('entityState')
              .select('entityState.name')
              .whereRef('entityState.install', '=', 'entity.install')
              .whereRef('entityState.type', '=', 'entity.type')
              .whereRef('entityState.name', '=', 'entity.name'),
          ),
        ),
      )
      .execute();
    return true;
  });
  if (stored) context.bell.ring(pagesTopic);
}

async function forget(db: Context['db'], install: string, { type, name }: EntityReference): Promise<void> {
  await db
    .deleteFrom('entityState')
    .where('install', '=', install)
    .where('type', '=', type)
    .where('name', '=', name)
    .execute();
}
