import { describe, expect, it } from 'vitest';
import { limits, openSeal, pinnedKeysVerifier, type SealReport } from '../../contract/index.ts';
import type { ProofGuards } from '../runners/proof.ts';
import { logRecord, spool, testBatch, testReport, testSeal } from './documents.ts';
import { furnish, type TestPlane } from './test-plane.ts';
import { testRunner } from './test-runner.ts';

export type Fresh = (changes?: { guards?: Partial<ProofGuards> }) => Promise<TestPlane>;

/** Every route of a runner, with a body it accepts. */
const runnerRoutes = [
  { name: 'desired state', method: 'GET', path: 'desiredState', body: () => undefined },
  { name: 'report', method: 'PUT', path: 'report', body: (install: string) => testReport(install) },
  {
    name: 'telemetry',
    method: 'POST',
    path: 'telemetry',
    body: (install: string) => testBatch(install, [logRecord(1, 'hello')]),
  },
] as const;

/** contract/channel-api.ts, on whatever database the caller opened. */
export function describeRunnerApi(fresh: Fresh): void {
  const furnished: Fresh = async (changes) => {
    const test = await fresh(changes);
    await furnish(test);
    return test;
  };

  describe('enrolment', () => {
    const enrol = (test: TestPlane, body: object) =>
      test.raw({ method: 'POST', url: '/v1/enrol', body: JSON.stringify(body) });
    const joinToken = async (test: TestPlane, install: string, expiresInSeconds = 600): Promise<string> =>
      (await test.vendor('POST', `/v1/installs/${install}/join-tokens`, { expiresInSeconds })).body.token;

    it('spends a token on one key: the same again is answered the same, another key is refused', async () => {
      const test = await furnished();
      const token = await joinToken(test, 'acme');
      const who = testRunner('acme', test.clock);
      const first = await enrol(test, who.enrolBody(token));
      expect([first.status, first.body]).toEqual([200, { install: 'acme', keyId: who.keyId }]);
      expect((await enrol(test, who.enrolBody(token))).body).toEqual(first.body);
      const thief = testRunner('acme', test.clock);
      const second = await enrol(test, thief.enrolBody(token));
      expect([second.status, second.body.code]).toEqual([403, 'LF-CONTROL-PLANE-011']);
      expect((await test.runner(thief, 'GET', thief.paths.desiredState)).status).toBe(401);
      const { body } = await test.vendor('GET', '/v1/installs/acme/events');
      expect(body.events[0]).toMatchObject({ reason: 'JoinTokenReused', severity: 'warning' });
    });

    it('answers a key that is enrolled already also with the token of a second hand-off, which is then spent', async () => {
      const test = await furnished();
      const who = testRunner('acme', test.clock);
      await enrol(test, who.enrolBody(await joinToken(test, 'acme')));
      const second = await joinToken(test, 'acme');
      const answer = await enrol(test, who.enrolBody(second));
      expect([answer.status, answer.body]).toEqual([200, { install: 'acme', keyId: who.keyId }]);
      expect((await test.runner(who, 'GET', who.paths.desiredState)).status).toBe(200);
      const thief = await enrol(test, testRunner('acme', test.clock).enrolBody(second));
      expect(thief.body.code).toBe('LF-CONTROL-PLANE-011');
      const globex = await enrol(test, testRunner('globex', test.clock).enrolBody(await joinToken(test, 'acme')));
      expect(globex.body.code).toBe('LF-CONTROL-PLANE-010');
    });

    it("refuses an unknown token, another install's, and an expired one", async () => {
      const test = await furnished();
      const who = testRunner('acme', test.clock);
      expect((await enrol(test, who.enrolBody('lf_join_unknown_0123456789'))).body.code).toBe('LF-CONTROL-PLANE-010');
      expect((await enrol(test, who.enrolBody(await joinToken(test, 'globex')))).body.code).toBe(
        'LF-CONTROL-PLANE-010',
      );
      const expired = await joinToken(test, 'acme', 60);
      test.clock.advance(61_000);
      expect((await enrol(test, who.enrolBody(expired))).body.code).toBe('LF-CONTROL-PLANE-010');
    });

    it('replaces the key of the install with that of a new runner, for good', async () => {
      const test = await furnished();
      const token = await joinToken(test, 'acme');
      const old = testRunner('acme', test.clock);
      await enrol(test, old.enrolBody(token));
      const next = await test.enrolled('acme');
      expect((await test.runner(next, 'GET', next.paths.desiredState)).status).toBe(200);
      expect((await test.runner(old, 'GET', old.paths.desiredState)).body.code).toBe('LF-CONTROL-PLANE-004');
      expect((await enrol(test, old.enrolBody(token))).body.code).toBe('LF-CONTROL-PLANE-010');
      expect((await enrol(test, old.enrolBody(await joinToken(test, 'acme')))).body.code).toBe('LF-CONTROL-PLANE-010');
    });
  });

  describe('who may ask what', () => {
    it.each(runnerRoutes)("answers its own runner at $name, and refuses another install's", async (route) => {
      const test = await furnished();
      const [acme, globex] = [await test.enrolled('acme'), await test.enrolled('globex')];
      const own = await test.runner(acme, route.method, acme.paths[route.path], route.body('acme'));
      expect(own.status).toBeLessThan(300);
      const foreign = await test.runner(globex, route.method, acme.paths[route.path], route.body('acme'));
      expect([foreign.status, foreign.body.code]).toEqual([403, 'LF-CONTROL-PLANE-007']);
      const nowhere = testRunner('nowhere', test.clock);
      const absent = await test.runner(globex, route.method, nowhere.paths[route.path], route.body('nowhere'));
      expect([absent.status, absent.body.code]).toEqual([403, 'LF-CONTROL-PLANE-007']);
    });

    it.each(runnerRoutes)("twin: without the guard another install's runner gets through at $name", async (route) => {
      const test = await furnished({ guards: { ownInstall: () => undefined } });
      const globex = await test.enrolled('globex');
      const { paths } = testRunner('acme', test.clock);
      const foreign = await test.runner(globex, route.method, paths[route.path], route.body('acme'));
      expect(foreign.status).toBeLessThan(300);
    });

    it.each(['report', 'telemetry'] as const)("refuses a %s that says it is another install's", async (kind) => {
      const test = await furnished();
      const acme = await test.enrolled('acme');
      const document = kind === 'report' ? testReport('globex') : testBatch('globex', [logRecord(1, 'x')]);
      const answer = await test.runner(acme, kind === 'report' ? 'PUT' : 'POST', acme.paths[kind], document);
      expect(answer.body.code).toBe('LF-CONTROL-PLANE-007');
    });

    it.each([
      ['without a proof', {}, { authorization: '' }],
      ['with a proof for another method', { method: 'PUT' }, {}],
      ['with a proof for another path', { path: '/v1/installs/acme/report' }, {}],
      ['with an old proof', { issuedAt: Date.parse('2026-01-31T11:57:00Z') / 1000 }, {}],
      ['with a proof from the future', { issuedAt: Date.parse('2026-01-31T12:03:00Z') / 1000 }, {}],
      ['with a proof that lives too long', { lifetime: 3600 }, {}],
      ['with a proof that names another install', { install: 'globex' }, {}],
      ["with the vendor's token", {}, { authorization: 'Bearer lf_admin_test_0123456789abcdefghij' }],
    ])('refuses a request %s', async (_name, change, headers) => {
      const test = await furnished();
      const acme = await test.enrolled('acme');
      const answer = await test.runner(acme, 'GET', acme.paths.desiredState, undefined, { ...change, headers });
      expect([answer.status, answer.body.code]).toEqual([401, 'LF-CONTROL-PLANE-004']);
    });

    const replay = async (test: TestPlane) => {
      const acme = await test.enrolled('acme');
      const authorization = await acme.proof('GET', acme.paths.desiredState);
      const once = () => test.raw({ method: 'GET', url: acme.paths.desiredState, headers: { authorization } });
      expect((await once()).status).toBe(200);
      return once();
    };
    it('refuses a proof that was used before', async () => {
      const answer = await replay(await furnished());
      expect([answer.status, answer.body.code]).toEqual([401, 'LF-CONTROL-PLANE-005']);
    });
    it('twin: without the guard a replayed proof is accepted', async () => {
      const test = await furnished({ guards: { firstUse: () => Promise.resolve() } });
      expect((await replay(test)).status).toBe(200);
    });

    const tamper = async (test: TestPlane) => {
      const acme = await test.enrolled('acme');
      const honest = JSON.stringify(testReport('acme', { state: 'Error' }));
      return test.runner(acme, 'PUT', acme.paths.report, testReport('acme'), { body: honest });
    };
    it('refuses a body that was changed on its way', async () => {
      const test = await furnished();
      const answer = await tamper(test);
      expect([answer.status, answer.body.code]).toEqual([401, 'LF-CONTROL-PLANE-006']);
      expect((await test.vendor('GET', '/v1/installs/acme/report')).body.report).toBeNull();
    });
    it('twin: without the guard a changed body is stored', async () => {
      const test = await furnished({ guards: { sameBody: () => undefined } });
      expect((await tamper(test)).status).toBe(204);
      expect((await test.vendor('GET', '/v1/installs/acme/report')).body.report.state).toBe('Running');
    });

    it('refuses oversized and deeply nested bodies', async () => {
      const test = await furnished();
      const acme = await test.enrolled('acme');
      const large = await test.runner(acme, 'PUT', acme.paths.report, `"${'x'.repeat(limits.report.bytes)}"`);
      expect([large.status, large.body.code]).toEqual([413, 'LF-CONTRACT-001']);
      const depth = limits.telemetry.depth + 1;
      const deep = await test.runner(acme, 'POST', acme.paths.telemetry, '['.repeat(depth) + ']'.repeat(depth));
      expect([deep.status, deep.body.code]).toEqual([400, 'LF-CONTRACT-002']);
      const critical = { ...testReport('acme'), critical: ['quantum'] };
      expect((await test.runner(acme, 'PUT', acme.paths.report, critical)).body.code).toBe('LF-CONTRACT-005');
    });
  });

  describe('what a runner sends', () => {
    it('keeps the newest report, whatever order they arrive in', async () => {
      const test = await furnished();
      const acme = await test.enrolled('acme');
      const send = (changes: object) => test.runner(acme, 'PUT', acme.paths.report, testReport('acme', changes));
      const kept = async () => (await test.vendor('GET', '/v1/installs/acme/report')).body.report;
      const runner = { version: '0.1.0', features: [], bootId: 'b5c0b1f6-2f4b-4b9e-8a55-0d5b5f3a7c01', leaseEpoch: 2 };
      await send({ sequence: 2, acceptedSequence: 7 });
      expect((await send({ sequence: 1, acceptedSequence: 6 })).status).toBe(204);
      expect((await kept()).acceptedSequence).toBe(7);
      await send({ sequence: 1, acceptedSequence: 8, runner });
      await send({ sequence: 3, acceptedSequence: 5 });
      expect((await kept()).acceptedSequence).toBe(8);
    });

    it('keeps the newest seal, and shows that the enrolled key signed it', async () => {
      const test = await furnished();
      const acme = await test.enrolled('acme');
      const send = async (seal: SealReport) => test.runner(acme, 'PUT', acme.paths.seal, await acme.sealed(seal));
      const kept = async () => (await test.vendor('GET', '/v1/installs/acme/seal')).body.seal;
      expect(await kept()).toBeNull();
      expect((await send(testSeal('acme'))).status).toBe(204);
      expect((await send(testSeal('acme', { at: '2026-01-31T11:30:00.000Z', verdict: 'open' }))).status).toBe(204);
      expect((await send(testSeal('acme', { at: '2026-01-31T11:15:00.000Z' }))).status).toBe(204);
      const { report, keyId, doubt, envelope } = await kept();
      expect([report.verdict, keyId, doubt]).toEqual(['open', acme.keyId, null]);
      expect(await openSeal(envelope, pinnedKeysVerifier([acme.publicKeyPem]))).toEqual(report);
    });

    it("refuses a seal that another key signed, or that is another install's", async () => {
      const test = await furnished();
      const [acme, globex] = [await test.enrolled('acme'), await test.enrolled('globex')];
      const put = (envelope: unknown) => test.runner(acme, 'PUT', acme.paths.seal, envelope);
      const forged = await put(await globex.sealed(testSeal('acme')));
      expect([forged.status, forged.body.code]).toEqual([422, 'LF-SEAL-002']);
      expect((await put(await acme.sealed(testSeal('globex')))).body.code).toBe('LF-CONTROL-PLANE-007');
      const foreign = await test.runner(globex, 'PUT', acme.paths.seal, await globex.sealed(testSeal('acme')));
      expect([foreign.status, foreign.body.code]).toEqual([403, 'LF-CONTROL-PLANE-007']);
      expect((await test.vendor('GET', '/v1/installs/acme/seal')).body.seal).toBeNull();
    });

    it('doubts a seal whose runner is no longer the enrolled one', async () => {
      const test = await furnished();
      const old = await test.enrolled('acme');
      await test.runner(old, 'PUT', old.paths.seal, await old.sealed(testSeal('acme')));
      await test.enrolled('acme');
      const { seal } = (await test.vendor('GET', '/v1/installs/acme/seal')).body;
      expect(seal.doubt).toContain('no longer the enrolled one');
    });

    it('stores each record once, acknowledges, and shows events among the others', async () => {
      const test = await furnished();
      const acme = await test.enrolled('acme');
      const at = '2026-01-31T12:00:01.000Z';
      const event = { type: 'event', sequence: 2, at, reason: 'Upgraded', component: 'gateway', severity: 'normal' };
      const first = [logRecord(1, 'nul \u0000 stays'), { ...event, message: 'to 1.1.0' }];
      const second = [...first, { type: 'gap', sequence: 5, at, missing: 3, reason: 'disk full' }];
      const send = (records: object[]) => test.runner(acme, 'POST', acme.paths.telemetry, testBatch('acme', records));
      expect((await send(first)).body).toEqual({ spool, acknowledged: 2 });
      expect((await send(first)).body).toEqual({ spool, acknowledged: 2 });
      expect((await send(second)).body).toEqual({ spool, acknowledged: 5 });
      const { records } = (await test.vendor('GET', '/v1/installs/acme/telemetry')).body;
      expect(records.map(({ record }: { record: { sequence: number } }) => record.sequence)).toEqual([5, 2, 1]);
      expect(records[2].record.message).toBe('nul \u0000 stays');
      const { events } = (await test.vendor('GET', '/v1/installs/acme/events')).body;
      expect(events.filter((one: { source: string }) => one.source === 'runner')).toMatchObject([
        { reason: 'TelemetryGap', severity: 'warning' },
        { reason: 'Upgraded', component: 'gateway', message: 'to 1.1.0' },
      ]);
    });
  });
}
