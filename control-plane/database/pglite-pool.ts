import type { PGlite } from '@electric-sql/pglite';
import type { PostgresPool, PostgresPoolClient } from 'kysely';

/**
 * PGlite is one session: it is lent to one borrower at a time, in order of asking, so that a transaction has it alone.
 * Never ask for a second connection while holding one.
 */
export function pglitePool(pglite: PGlite): PostgresPool {
  let free: Promise<void> = Promise.resolve();
  return {
    connect: async () => {
      const before = free;
      let giveBack = (): void => undefined;
      free = new Promise((resolve) => {
        giveBack = resolve;
      });
      await before;
      return clientOf(pglite, giveBack);
    },
    end: async () => {
      await free;
      await pglite.close();
    },
  };
}

function clientOf(pglite: PGlite, release: () => void): PostgresPoolClient {
  const query = async (statement: string, parameters: readonly unknown[] = []): Promise<unknown> => {
    const { rows, affectedRows } = await pglite.query(statement, [...parameters]);
    return { command: commandOf(statement), rowCount: affectedRows ?? rows.length, rows };
  };
  // oxlint-disable-next-line typescript/consistent-type-assertions, typescript/no-unsafe-type-assertion -- overloaded for cursors, which are never used here; Kysely types the rows
  return { query, release } as PostgresPoolClient;
}

/** Kysely counts affected rows only for these. */
function commandOf(statement: string): string {
  const word = /^\s*(\w+)/.exec(statement)?.[1]?.toUpperCase() ?? 'SELECT';
  return word === 'WITH' ? 'SELECT' : word;
}
