import { type Kysely, sql } from 'kysely';

/** What is wanted of entities, the signed list made of it, and how the runner says that they are. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const statements = [
    `alter table release add column entity_types text not null default '[]'`,
    `alter table install add column entity_generation integer not null default 0`,
    `alter table install add column entity_reconciled integer not null default 0`,
    `alter table install add column entity_sequence integer not null default 0`,
    `create table entity (
        install text not null references install,
        type text not null,
        name text not null,
        spec text not null,
        generation integer not null,
        created_at timestamptz not null,
        changed_at timestamptz not null,
        removed_at timestamptz,
        removed_for integer,
        removed_in integer,
        primary key (install, type, name))`,
    `create table entity_list (
        install text primary key references install,
        sequence integer not null,
        envelope text not null,
        issued_at timestamptz not null,
        expires_at timestamptz not null)`,
    `create table entity_state (
        install text not null references install,
        type text not null,
        name text not null,
        generation integer not null,
        state text not null,
        conditions text not null,
        boot text not null,
        primary key (install, type, name))`,
    `create table entity_report (
        install text primary key references install,
        boot text not null,
        lease_epoch integer not null,
        sequence integer not null,
        accepted_sequence integer not null,
        at timestamptz not null)`,
  ];
  for (const statement of statements) await sql.raw(statement).execute(db);
}
