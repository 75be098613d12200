import { type Kysely, Migrator } from 'kysely';
import { describeError, LandfallError } from '../../contract/index.ts';
import { up as walkingSkeleton } from './migrations/001-walking-skeleton.ts';
import { up as seals } from './migrations/002-seals.ts';
import { up as entities } from './migrations/003-entities.ts';
import { up as keyOfReport } from './migrations/004-key-of-report.ts';

/** In order; one that has been released is never changed. */
const migrations = {
  '001-walking-skeleton': { up: walkingSkeleton },
  '002-seals': { up: seals },
  '003-entities': { up: entities },
  '004-key-of-report': { up: keyOfReport },
};

/** Brings the tables up to date. Safe to start from several processes at once (advisory lock). */
export async function migrate<T>(db: Kysely<T>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrations) } });
  const { error, results } = await migrator.migrateToLatest();
  if (error === undefined) return;
  const failed = results?.find((result) => result.status === 'Error')?.migrationName;
  throw new LandfallError(
    'LF-CONTROL-PLANE-016',
    `the database could not be brought up to date${failed === undefined ? '' : ` (migration ${failed})`}: ${describeError(error)}`,
    { cause: error },
  );
}
