import { type Report, reportSchema } from '../../contract/index.ts';
import { pagesTopic } from '../channel/bell.ts';
import type { Context } from '../context.ts';

/** Keeps the newest report; one that was overtaken on its way is dropped without an error. */
export async function storeReport(context: Context, report: Report): Promise<void> {
  const stored = await context.db.transaction().execute(async (db) => {
    // The install's row is the lock: two reports of one install are never compared with the same predecessor.
    await db.selectFrom('install').select('id').where('id', '=', report.install).forUpdate().execute();
    const before = await readReport({ ...context, db }, report.install);
    if (before !== null && isOlder(report, before)) return false;
    const row = { body: JSON.stringify(report), receivedAt: context.clock.now() };
    await db
      .insertInto('report')
      .values({ install: report.install, ...row })
      .onConflict((conflict) => conflict.column('install').doUpdateSet(row))
      .execute();
    return true;
  });
  if (stored) context.bell.ring(pagesTopic);
}

export async function readReport({ db }: Context, install: string): Promise<Report | null> {
  const row = await db.selectFrom('report').select('body').where('install', '=', install).executeTakeFirst();
  return row === undefined ? null : reportSchema.parse(JSON.parse(row.body));
}

/** By lease epoch, so that a runner that lost its lease is not believed; within one process by sequence; else by its own time. */
function isOlder(report: Report, than: Report): boolean {
  if (report.runner.leaseEpoch !== than.runner.leaseEpoch) return report.runner.leaseEpoch < than.runner.leaseEpoch;
  if (report.runner.bootId === than.runner.bootId) return report.sequence < than.sequence;
  return report.at < than.at;
}
