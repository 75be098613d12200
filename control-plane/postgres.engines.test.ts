import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from './database/open-database.ts';
import { describeEntities } from './testing/entities-suite.ts';
import { describeLongPoll } from './testing/long-poll-suite.ts';
import { openConnections, startPostgres, whyNoPostgres } from './testing/real-postgres.ts';
import { describeRunnerApi } from './testing/runner-suite.ts';
import { emptyDatabase, furnish, testPlane, type TestPlane } from './testing/test-plane.ts';
import { describeTurns } from './testing/turn-suite.ts';
import { describeVendorApi } from './testing/vendor-suite.ts';

const missing = await whyNoPostgres();

describe.skipIf(missing !== null)(`on a real PostgreSQL${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  let server: Awaited<ReturnType<typeof startPostgres>> | undefined;
  let database: Database;
  const planes: TestPlane[] = [];
  beforeAll(async () => {
    server = await startPostgres();
    database = await openDatabase({ url: server.url });
  });
  beforeEach(async () => {
    await emptyDatabase(database);
    return async () => {
      for (const { plane } of planes.splice(0)) await plane.close();
    };
  });
  afterAll(async () => {
    if (server === undefined) return;
    await database.close();
    await server.stop();
  });

  const fresh = async (changes = {}): Promise<TestPlane> => {
    const test = await testPlane(database, changes);
    planes.push(test);
    return test;
  };
  describeVendorApi(fresh);
  describeRunnerApi(fresh);
  describeTurns(fresh);
  describeLongPoll(fresh);
  describeEntities(fresh);

  it('leaves no connection behind', async () => {
    const url = server?.url ?? '';
    const other = await openDatabase({ url });
    const before = await openConnections(url);
    const test = await testPlane(other);
    await furnish(test);
    await test.plane.close();
    await other.close();
    expect(await openConnections(url)).toBeLessThanOrEqual(before);
  });

  it('issues each sequence once when two control planes reconcile at the same time', async () => {
    const [one, other] = [await fresh(), await fresh()];
    await furnish(one);
    const promote = (test: TestPlane, version: string) =>
      test.vendor('POST', '/v1/products/streaming/channels/stable/promote', { version });
    for (const version of ['1.1.0', '1.0.0', '1.1.0']) {
      const answers = await Promise.all([promote(one, version), promote(other, version), promote(one, version)]);
      expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200]);
    }
    const { body } = await other.vendor('GET', '/v1/installs/acme');
    expect(body.desiredSequence).toBe(4);
    const issued = await database.db
      .selectFrom('desiredState')
      .select('sequence')
      .where('install', '=', 'acme')
      .execute();
    expect(issued.map((row) => row.sequence).sort((a, b) => a - b)).toEqual([1, 2, 3, 4]);
  });

  it('leaves one key enrolled when several runners come at once, each with a join token of its own', async () => {
    const [one, other] = [await fresh(), await fresh()];
    await furnish(one);
    for (let round = 0; round < 5; round++) {
      const enrolling = [one, other, one, other].map((test) => test.enrolled('acme'));
      const runners = await Promise.all(enrolling);
      const answers = await Promise.all(runners.map((who) => one.runner(who, 'GET', who.paths.desiredState)));
      expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 401, 401, 401]);
    }
  });
});
