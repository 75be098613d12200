import * as z from 'zod';
import {
  type TelemetryAck,
  type TelemetryBatch,
  type TelemetryRecord,
  telemetryRecordSchema,
} from '../../contract/index.ts';
import { pagesTopic } from '../channel/bell.ts';
import type { Context } from '../context.ts';
import { recordEvent } from '../events/record-event.ts';

/** Records kept per install: the embedded store serves one machine, not an archive. */
const keptRecords = 20_000;

/** Stores each record once, however often it is sent, and acknowledges the highest sequence of the spool. */
export async function storeTelemetry(context: Context, batch: TelemetryBatch): Promise<TelemetryAck> {
  const { install, spool } = batch;
  await context.db.transaction().execute(async (db) => {
    const rows = batch.records.map((record) => ({
      ...{ install, spool, sequence: record.sequence, type: record.type },
      at: new Date(record.at),
      record: JSON.stringify(record),
    }));
    const stored = await db
      .insertInto('telemetry')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .returning('sequence')
      .execute();
    const fresh = new Set(stored.map((row) => row.sequence));
    for (const record of batch.records) {
      if (fresh.delete(record.sequence)) await recordAsEvent({ db, clock: context.clock }, install, record);
    }
    await trim(db, install);
  });
  context.bell.ring(pagesTopic);
  const { highest } = await context.db
    .selectFrom('telemetry')
    .select((eb) => eb.fn.max('sequence').as('highest'))
    .where('install', '=', install)
    .where('spool', '=', spool)
    .executeTakeFirstOrThrow();
  return { spool, acknowledged: highest };
}

async function trim(db: Context['db'], install: string): Promise<void> {
  const oldest = await db
    .selectFrom('telemetry')
    .select('arrival')
    .where('install', '=', install)
    .orderBy('arrival', 'desc')
    .offset(keptRecords)
    .limit(1)
    .executeTakeFirst();
  if (oldest === undefined) return;
  await db.deleteFrom('telemetry').where('install', '=', install).where('arrival', '<=', oldest.arrival).execute();
}

/** What happened there appears among the install's events; log lines do not. */
async function recordAsEvent(
  to: Pick<Context, 'db' | 'clock'>,
  install: string,
  record: TelemetryRecord,
): Promise<void> {
  const common = { install, source: 'runner', at: new Date(record.at) } as const;
  if (record.type === 'event') {
    const { reason, severity, component, message } = record;
    await recordEvent(to, { ...common, reason, severity, component, message });
  } else if (record.type === 'component-state') {
    await recordEvent(to, {
      ...common,
      reason: 'ComponentState',
      severity: record.to === 'Error' ? 'warning' : 'normal',
      component: record.component,
      message: `${record.from} → ${record.to}`,
    });
  } else if (record.type === 'gap') {
    const message = `${record.missing} records were lost: ${record.reason}`;
    await recordEvent(to, { ...common, reason: 'TelemetryGap', severity: 'warning', message });
  }
}

export const storedTelemetrySchema = z.object({
  spool: z.uuid(),
  receivedOrder: z.number().int(),
  record: telemetryRecordSchema,
});
export type StoredTelemetry = z.infer<typeof storedTelemetrySchema>;

/** The newest first. */
export async function readTelemetry(
  { db }: Context,
  install: string,
  filter: { type?: TelemetryRecord['type']; limit: number },
): Promise<StoredTelemetry[]> {
  const rows = await db
    .selectFrom('telemetry')
    .select(['spool', 'arrival', 'record'])
    .where('install', '=', install)
    .$if(filter.type !== undefined, (query) => query.where('type', '=', filter.type ?? ''))
    .orderBy('arrival', 'desc')
    .limit(filter.limit)
    .execute();
  return rows.map((row) =>
    storedTelemetrySchema.parse({ spool: row.spool, receivedOrder: row.arrival, record: JSON.parse(row.record) }),
  );
}
