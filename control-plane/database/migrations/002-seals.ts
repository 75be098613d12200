import { type Kysely, sql } from 'kysely';

/** The newest seal of each install, as its runner signed it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `create table seal (
        install text primary key references install,
        envelope text not null,
        key_id text not null,
        at timestamptz not null,
        received_at timestamptz not null)`,
    )
    .execute(db);
}
