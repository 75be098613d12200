import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { CamelCasePlugin, Kysely, PostgresDialect, type PostgresPool } from 'kysely';
import pg from 'pg';
import { LandfallError } from '../../contract/index.ts';
import { lockFolder } from './folder-lock.ts';
import { migrate } from './migrate.ts';
import { pglitePool } from './pglite-pool.ts';
import type { Tables } from './tables.ts';

export type Database = { db: Kysely<Tables>; close(): Promise<void> };

/** An embedded PostgreSQL in a folder (one process at a time) or in memory, or a real one by its URL. */
export type DatabasePlace = { folder: string } | { url: string } | 'memory';

/** Opens the database and brings its tables up to date. LF-CONTROL-PLANE-012 when the folder is in use, -016 when it cannot be used. */
export async function openDatabase(place: DatabasePlace): Promise<Database> {
  const lock = typeof place === 'object' && 'folder' in place ? lockFolder(place.folder) : null;
  let db: Kysely<Tables> | null = null;
  const close = async (): Promise<void> => {
    await db?.destroy();
    lock?.release();
  };
  try {
    db = new Kysely<Tables>({
      dialect: new PostgresDialect({ pool: await poolOf(place) }),
      plugins: [new CamelCasePlugin()],
    });
    await migrate(db);
    return { db, close };
  } catch (cause) {
    await close().catch(() => undefined);
    if (cause instanceof LandfallError) throw cause;
    // Never the URL: it holds the password.
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new LandfallError('LF-CONTROL-PLANE-016', `the database cannot be opened: ${why}`, { cause });
  }
}

async function poolOf(place: DatabasePlace): Promise<PostgresPool> {
  if (typeof place === 'object' && 'url' in place) {
    const pool = new pg.Pool({ connectionString: place.url, max: 10, types: { getTypeParser: parserOf } });
    // An idle connection that breaks must not end the process; the next query opens another or says why not.
    pool.on('error', () => undefined);
    return pool;
  }
  const pglite = await PGlite.create(place === 'memory' ? {} : { dataDir: join(place.folder, 'postgres') });
  return pglitePool(pglite);
}

/** int8 as a number, as PGlite gives it: every bigint here is a counter far below 2^53. */
const parserOf: pg.CustomTypesConfig['getTypeParser'] = (oid, format) =>
  oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format);
