import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { Database } from './database/open-database.ts';
import { describeEntities } from './testing/entities-suite.ts';
import { describeLongPoll } from './testing/long-poll-suite.ts';
import { describeRunnerApi } from './testing/runner-suite.ts';
import { emptyDatabase, memoryDatabase, testPlane, type TestPlane } from './testing/test-plane.ts';
import { describeTurns } from './testing/turn-suite.ts';
import { describeVendorApi } from './testing/vendor-suite.ts';

let database: Database;
let plane: TestPlane | null = null;
beforeAll(async () => {
  database = await memoryDatabase();
}, 60_000);
beforeEach(async () => {
  await emptyDatabase(database);
  return async () => {
    await plane?.plane.close();
    plane = null;
  };
});
afterAll(() => database.close());

const fresh = async (changes = {}): Promise<TestPlane> => {
  await plane?.plane.close();
  plane = await testPlane(database, changes);
  return plane;
};
describeVendorApi(fresh);
describeRunnerApi(fresh);
describeTurns(fresh);
describeLongPoll(fresh);
describeEntities(fresh);
