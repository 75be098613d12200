import { type Report, reportSchema } from '../../contract/index.ts';
import { pagesTopic } from '../channel/bell.ts';
import type { Context } from '../context.ts';
import { isOvertaken, lockInstall, type Sender, type Turn } from './turn.ts';

/** Keeps the newest report; one that was overtaken on its way is dropped without an error. */
export async function storeReport(context: Context, from: Sender, report: Report): Promise<void> {
  const stored = await context.db.transaction().execute(async (db) => {
    await lockInstall(db, from);
    const before = await db.selectFrom('report').selectAll().where('install', '=', from.install).executeTakeFirst();
    if (before !== undefined && isOvertaken(turnOf(report, from.keyId), turnOf(read(before.body), before.keyId)))
      return false;
    const row = { body: JSON.stringify(report), receivedAt: context.clock.now(), keyId: from.keyId };
    await db
      .insertInto('report')
      .values({ install: from.install, ...row })
      .onConflict((conflict) => conflict.column('install').doUpdateSet(row))
      .execute();
    return true;
  });
  if (stored) context.bell.ring(pagesTopic);
}

export async function readReport({ db }: Context, install: string): Promise<Report | null> {
  const row = await db.selectFrom('report').select('body').where('install', '=', install).executeTakeFirst();
  return row === undefined ? null : read(row.body);
}

function read(body: string): Report {
  return reportSchema.parse(JSON.parse(body));
}

function turnOf({ runner, sequence }: Report, keyId: string | null): Turn {
  return { keyId, leaseEpoch: runner.leaseEpoch, sequence };
}
