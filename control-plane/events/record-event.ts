import type { Kysely } from 'kysely';
import type { Clock } from '../../contract/index.ts';
import type { Tables } from '../database/tables.ts';

export type NewEvent = {
  install?: string;
  source?: 'control-plane' | 'runner';
  severity?: 'normal' | 'warning';
  /** CamelCase, for machines. */
  reason: string;
  component?: string | null;
  message: string;
  at?: Date;
};

/** Writes down something that happened, for people. `db` may be a transaction. */
export async function recordEvent({ db, clock }: { db: Kysely<Tables>; clock: Clock }, event: NewEvent): Promise<void> {
  await db
    .insertInto('event')
    .values({
      install: event.install ?? null,
      source: event.source ?? 'control-plane',
      severity: event.severity ?? 'normal',
      reason: event.reason,
      component: event.component ?? null,
      message: JSON.stringify(event.message),
      at: event.at ?? clock.now(),
    })
    .execute();
}
