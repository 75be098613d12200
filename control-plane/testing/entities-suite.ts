import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  channelPaths,
  entityListSchema,
  type JsonObject,
  limits,
  parseJson,
  payloadTypes,
  pinnedKeysVerifier,
} from '../../contract/index.ts';
import { furnish, signingKey, type TestPlane } from './test-plane.ts';
import { registration } from './test-release.ts';
import type { TestRunner } from './test-runner.ts';

const streams: JsonObject = {
  name: 'streams',
  title: 'Streams',
  schema: {
    type: 'object',
    required: ['topic'],
    additionalProperties: false,
    properties: { topic: { type: 'string' }, partitions: { type: 'integer', default: 1 } },
  },
  components: [{ kind: 'secret', name: 's', namespace: 'x', secretName: 'x', from: { namespace: 'x', name: 'x' } }],
};
const knowing = { headers: { 'landfall-features': 'entities' } };
const at = '/v1/installs/acme/entities';

/** With a release on its channel that has a type `streams`. */
async function prepared(fresh: () => Promise<TestPlane>): Promise<{ test: TestPlane; runner: TestRunner }> {
  const test = await fresh();
  await furnish(test);
  await test.vendor('POST', '/v1/products/streaming/releases', await registration('2.0.0', { entityTypes: [streams] }));
  await test.vendor('POST', '/v1/products/streaming/channels/stable/promote', { version: '2.0.0' });
  return { test, runner: await test.enrolled('acme') };
}

const names = (answer: { body: { entities: { name: string }[] } }): string[] =>
  answer.body.entities.map(({ name }) => name);

async function listOf(test: TestPlane, runner: TestRunner, etag?: string) {
  const headers = { ...knowing.headers, ...(etag === undefined ? {} : { 'if-none-match': etag }) };
  const answer = await test.runner(runner, 'GET', runner.paths.desiredState, undefined, { headers });
  if (answer.status !== 200 || answer.body.entities === null)
    return { list: null, etag: String(answer.headers['etag']) };
  const verifier = pinnedKeysVerifier([signingKey.publicKeyPem]);
  const payload = await verifier.verify(answer.body.entities, payloadTypes.entities);
  return {
    list: parseJson(payload, entityListSchema, 'the list', limits.entities),
    etag: String(answer.headers['etag']),
  };
}

let sequence = 0;
const report = (boot: string, acceptedSequence: number, changes: JsonObject = {}) => ({
  apiVersion: 'landfall.dev/v1',
  kind: 'EntityReport',
  install: 'acme',
  sequence: ++sequence,
  at: new Date(Date.UTC(2026, 0, 1) + sequence * 1000).toISOString(),
  runner: { bootId: boot, leaseEpoch: 1 },
  acceptedSequence,
  complete: true,
  entities: [],
  gone: [],
  ...changes,
});
const running = (name: string, state = 'Running'): JsonObject => ({
  ...{ type: 'streams', name, generation: 1, state, conditions: [] },
});

/** So many levels. */
const deep = (levels: number): JsonObject => (levels === 1 ? {} : { x: deep(levels - 1) });

/** Entities through the vendor's API and the runner's, on whatever database the caller opened. */
export function describeEntities(fresh: () => Promise<TestPlane>): void {
  describe('entities', () => {
    it('are created, changed and read; the same again changes nothing', async () => {
      const { test } = await prepared(fresh);
      const created = await test.vendor('PUT', `${at}/streams/orders`, { spec: { topic: 'orders' } });
      expect([created.status, created.body]).toMatchObject([201, { generation: 1, state: 'Unknown', removing: false }]);
      const same = await test.vendor('PUT', `${at}/streams/orders`, { spec: { topic: 'orders' } });
      expect([same.status, same.body.generation]).toEqual([200, 1]);
      const changed = await test.vendor('PUT', `${at}/streams/orders`, { spec: { topic: 'other' } });
      expect(changed.body).toMatchObject({ generation: 2, spec: { topic: 'other' } });
      await test.vendor('POST', at, {
        entities: ['a', 'b', 'c'].map((name) => ({ type: 'streams', name, spec: { topic: name } })),
      });
      expect(names(await test.vendor('GET', at))).toEqual(['a', 'b', 'c', 'orders']);
      expect(names(await test.vendor('GET', `${at}?after=streams/b&limit=1`))).toEqual(['c']);
      expect((await test.vendor('GET', '/v1/installs/acme/entity-types')).body.types).toMatchObject([
        { name: 'streams' },
      ]);
      expect((await test.vendor('GET', '/v1/installs/globex/entities')).body.entities).toEqual([]);
    });

    const refused: [string, string, JsonObject, number, string][] = [
      ['of no type', 'gateways/x', { topic: 'x' }, 422, 'LF-CONTROL-PLANE-019'],
      ['whose spec does not fit', 'streams/x', { nope: 1 }, 422, 'LF-CONTRACT-013'],
      ['that is too large', 'streams/x', { topic: 'x'.repeat(17_000) }, 422, 'LF-CONTROL-PLANE-021'],
      ['that is too deep', 'streams/x', { topic: 'x', more: deep(37) }, 422, 'LF-CONTROL-PLANE-021'],
    ];
    it.each(refused)('one %s is refused, and none beside it is taken', async (_what, key, spec, status, code) => {
      const { test } = await prepared(fresh);
      const answer = await test.vendor('PUT', `${at}/${key}`, { spec });
      expect([answer.status, answer.body.code]).toEqual([status, code]);
      const [type, name] = key.split('/');
      const good = { type: 'streams', name: 'good', spec: { topic: 'x' } };
      const batch = await test.vendor('POST', at, { entities: [good, { type, name, spec }] });
      // Which one of many it is stands in the answer.
      expect([batch.status, batch.body.title]).toEqual([status, expect.stringContaining(key)]);
      expect(names(await test.vendor('GET', at))).toEqual([]);
    });

    it('are at most a thousand, and of a size that one document holds', async () => {
      const { test } = await prepared(fresh);
      const many = (from: number, size: number) => ({
        entities: Array.from({ length: 100 }, (_, i) => ({
          type: 'streams',
          name: `n${from + i}`,
          spec: { topic: 'x'.repeat(size) },
        })),
      });
      expect((await test.vendor('POST', at, many(0, 7000))).status).toBe(200);
      const full = await test.vendor('POST', at, many(100, 7000));
      expect([full.status, full.body.code]).toEqual([422, 'LF-CONTROL-PLANE-021']);
      expect(names(await test.vendor('GET', `${at}?limit=500`))).toHaveLength(100);
    });

    it('reach the runner as a signed list of their own, once', async () => {
      const { test, runner } = await prepared(fresh);
      expect((await listOf(test, runner)).list).toBeNull();
      await test.vendor('PUT', `${at}/streams/orders`, { spec: { topic: 'orders' } });
      const first = await listOf(test, runner);
      expect(first.list).toMatchObject({
        install: 'acme',
        sequence: 1,
        critical: ['entities'],
        entities: [{ name: 'orders', generation: 1 }],
      });
      // What the ETag says that it has is not sent again, whatever else is news.
      await test.vendor('POST', '/v1/installs/acme/requests', { verb: 'restart', component: 'gateway' });
      const second = await listOf(test, runner, first.etag);
      expect([second.list, second.etag === first.etag]).toEqual([null, false]);
      await test.vendor('DELETE', `${at}/streams/orders`);
      expect((await listOf(test, runner, second.etag)).list).toMatchObject({ sequence: 2, entities: [] });
    });

    it('are nothing that a runner hears of that does not know them', async () => {
      const { test, runner } = await prepared(fresh);
      const before = await test.runner(runner, 'GET', runner.paths.desiredState);
      await test.vendor('PUT', `${at}/streams/orders`, { spec: { topic: 'orders' } });
      const after = await test.runner(runner, 'GET', runner.paths.desiredState);
      expect(after.headers['etag']).toBe(before.headers['etag']);
      expect(Object.keys(after.body)).toEqual(['desiredState', 'requests']);
    });

    it('wake the held request of a runner', async () => {
      const { test, runner } = await prepared(fresh);
      const { etag } = await listOf(test, runner);
      const headers = { ...knowing.headers, 'if-none-match': etag, prefer: 'wait=50' };
      const held = test.runner(runner, 'GET', runner.paths.desiredState, undefined, { headers });
      await test.vendor('PUT', `${at}/streams/orders`, { spec: { topic: 'orders' } });
      expect((await held).body.entities).not.toBeNull();
    });

    it('are issued anew before their list expires', async () => {
      const { test, runner } = await prepared(fresh);
      await test.vendor('PUT', `${at}/streams/orders`, { spec: { topic: 'orders' } });
      const first = await listOf(test, runner);
      test.clock.advance(6 * 24 * 60 * 60 * 1000);
      const later = await listOf(test, runner, first.etag);
      expect(later.list).toMatchObject({ sequence: 2, entities: [{ generation: 1 }] });
    });

    it('are shown as the runner tells them, and are gone when it has told so', async () => {
      const { test, runner } = await prepared(fresh);
      const boot = randomUUID();
      const path = channelPaths.entityStates('acme');
      const tell = (body: unknown) => test.runner(runner, 'PUT', path, body);
      for (const name of ['a', 'b']) await test.vendor('PUT', `${at}/streams/${name}`, { spec: { topic: name } });
      expect((await tell(report(boot, 2, { entities: [running('a'), running('b', 'Error')] }))).status).toBe(204);
      const states = async (): Promise<string[]> =>
        (await test.vendor('GET', at)).body.entities.map(
          (each: { name: string; state: string; removing: boolean }) =>
            `${each.name} ${each.state}${each.removing ? ' removing' : ''}`,
        );
      expect(await states()).toEqual(['a Running', 'b Error']);
      expect((await test.vendor('DELETE', `${at}/streams/a`)).body).toMatchObject({ removing: true });
      const again = await test.vendor('PUT', `${at}/streams/a`, { spec: { topic: 'x' } });
      expect([again.status, again.body.code]).toEqual([409, 'LF-CONTROL-PLANE-020']);
      // The runner has not heard of it yet: a report without it says nothing.
      await tell(report(boot, 2));
      expect(await states()).toEqual(['a Running removing', 'b Error']);
      await tell(report(boot, 3, { entities: [running('a', 'ShuttingDown')] }));
      expect(await states()).toEqual(['a ShuttingDown removing', 'b Error']);
      await tell(report(boot, 3, { gone: [{ type: 'streams', name: 'a' }] }));
      expect(await states()).toEqual(['b Error']);
      expect((await test.vendor('PUT', `${at}/streams/a`, { spec: { topic: 'x' } })).status).toBe(201);
    });

    it('of a runner that died before it could tell are put right by the next, which tells everything', async () => {
      const { test, runner } = await prepared(fresh);
      const path = channelPaths.entityStates('acme');
      const tell = (body: unknown) => test.runner(runner, 'PUT', path, body);
      for (const name of ['a', 'b']) await test.vendor('PUT', `${at}/streams/${name}`, { spec: { topic: name } });
      const first = randomUUID();
      await tell(report(first, 2, { entities: [running('a'), running('b')] }));
      await test.vendor('DELETE', `${at}/streams/a`);
      const late = report(first, 2, { entities: [running('b', 'Error')] });
      const next = randomUUID();
      await tell(report(next, 3, { complete: false, entities: [] }));
      expect(names(await test.vendor('GET', at))).toEqual(['a', 'b']);
      await tell(report(next, 3, { entities: [running('b')] }));
      expect(names(await test.vendor('GET', at))).toEqual(['b']);
      // What the dead one sent arrives late.
      await tell(late);
      expect((await test.vendor('GET', at)).body.entities).toMatchObject([{ state: 'Running' }]);
      const foreign = await test.runner(runner, 'PUT', path, { ...report(next, 3), install: 'globex' });
      expect(foreign.body.code).toBe('LF-CONTROL-PLANE-007');
    });

    it('of a runner with another key are shown from its first word on, and those of the one before until then', async () => {
      const { test, runner } = await prepared(fresh);
      const path = channelPaths.entityStates('acme');
      for (const name of ['a', 'b']) await test.vendor('PUT', `${at}/streams/${name}`, { spec: { topic: name } });
      const states = async (): Promise<string[]> =>
        (await test.vendor('GET', at)).body.entities.map(({ state }: { state: string }) => state);
      const long = { sequence: 900, runner: { bootId: randomUUID(), leaseEpoch: 7 } };
      await test.runner(runner, 'PUT', path, report('', 2, { ...long, entities: [running('a'), running('b')] }));
      const next = await test.enrolled('acme');
      expect(await states()).toEqual(['Running', 'Running']);
      const anew = { sequence: 1, at: '2025-12-01T00:00:00.000Z', entities: [running('a', 'Error')] };
      await test.runner(next, 'PUT', path, report(randomUUID(), 2, anew));
      expect(await states()).toEqual(['Error', 'Unknown']);
    });
  });
}
