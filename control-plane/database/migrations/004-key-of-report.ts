import { type Kysely, sql } from 'kysely';

/** Which runner's key sent what is kept: null where nobody wrote it down. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const table of ['report', 'entity_report'])
    await sql.raw(`alter table ${table} add column key_id text`).execute(db);
}
