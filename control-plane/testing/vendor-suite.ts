import { describe, expect, it } from 'vitest';
import {
  generateKeyPair,
  parseJson,
  payloadTypes,
  pinnedKeysVerifier,
  desiredStateSchema,
  limits,
  releaseFeatures,
} from '../../contract/index.ts';
import { furnish, newInstall, pipelineToken, signingKey, type TestPlane, tokenReference } from './test-plane.ts';
import { pipelineKey, registration, signedRelease, testRelease } from './test-release.ts';

/** The vendor's API, on whatever database the caller opened. */
export function describeVendorApi(fresh: () => Promise<TestPlane>): void {
  describe("the vendor's API", () => {
    it('lets nobody in without a token, and the pipeline only to releases', async () => {
      const test = await fresh();
      await furnish(test);
      const none = await test.raw({ method: 'GET', url: '/v1/installs' });
      expect([none.status, none.body.code]).toEqual([401, 'LF-CONTROL-PLANE-002']);
      const wrong = await test.vendor('GET', '/v1/installs', undefined, 'lf_admin_wrong_0123456789abcdefg');
      expect([wrong.status, wrong.body.code]).toEqual([401, 'LF-CONTROL-PLANE-002']);
      const pipeline = await test.vendor('GET', '/v1/installs', undefined, pipelineToken);
      expect([pipeline.status, pipeline.body.code]).toEqual([403, 'LF-CONTROL-PLANE-003']);
      const release = await test.vendor(
        'POST',
        '/v1/products/streaming/releases',
        await registration('1.2.0'),
        pipelineToken,
      );
      expect(release.status).toBe(201);
    });

    it('answers everything sent a second time as the first, and refuses other content under the same name', async () => {
      const test = await fresh();
      await furnish(test);
      const product = { name: 'streaming', title: 'Streaming', releaseKeys: [pipelineKey.publicKeyPem] };
      expect((await test.vendor('POST', '/v1/products', product)).status).toBe(200);
      expect((await test.vendor('POST', '/v1/products', { ...product, title: 'Other' })).body.code).toBe(
        'LF-CONTROL-PLANE-009',
      );
      const release = await registration('1.0.0');
      expect((await test.vendor('POST', '/v1/products/streaming/releases', release)).status).toBe(200);
      const other = { ...release, digest: (await registration('9.9.9')).digest };
      expect((await test.vendor('POST', '/v1/products/streaming/releases', other)).body.code).toBe(
        'LF-CONTROL-PLANE-009',
      );
      expect((await test.vendor('POST', '/v1/products/streaming/channels', { name: 'stable' })).status).toBe(200);
      const first = await test.vendor('GET', '/v1/installs/acme');
      const again = await test.vendor('POST', '/v1/installs', newInstall('acme'));
      expect([again.status, again.body.externalId]).toEqual([200, first.body.externalId]);
      const different = { ...newInstall('acme'), inputs: { replicas: 3 } };
      expect((await test.vendor('POST', '/v1/installs', different)).body.code).toBe('LF-CONTROL-PLANE-009');
    });

    it('refuses a release that no pinned key signed, or that is not what it is registered as', async () => {
      const test = await fresh();
      await furnish(test);
      const url = '/v1/products/streaming/releases';
      const good = await registration('2.0.0');
      const stranger = await signedRelease(testRelease('2.0.0'), generateKeyPair());
      expect((await test.vendor('POST', url, { ...good, envelope: stranger })).body.code).toBe('LF-CONTRACT-006');
      const payload = Buffer.from(good.envelope.payload, 'base64').toString().replace('Streaming', 'Tampered.');
      const tampered = { ...good.envelope, payload: Buffer.from(payload).toString('base64') };
      expect((await test.vendor('POST', url, { ...good, envelope: tampered })).body.code).toBe('LF-CONTRACT-006');
      const other = { ...good, version: '2.0.1' };
      expect((await test.vendor('POST', url, other)).body.code).toBe('LF-CONTROL-PLANE-014');
      const foreign = await registration('2.0.0', { product: 'billing' });
      expect((await test.vendor('POST', url, foreign)).body.code).toBe('LF-CONTROL-PLANE-014');
      const critical = await registration('2.0.0', { critical: ['quantum'] });
      expect((await test.vendor('POST', url, critical)).body.code).toBe('LF-CONTRACT-005');
      expect((await test.vendor('GET', url)).body.releases).toHaveLength(2);
    });

    it('takes a release that names every critical feature there is: carrying them out is the runner’s', async () => {
      const test = await fresh();
      await furnish(test);
      const url = '/v1/products/streaming/releases';
      const every = await registration('3.0.0', { critical: [...releaseFeatures] });
      expect((await test.vendor('POST', url, every)).status).toBe(201);
    });

    it('checks the inputs and secrets of an install with the release', async () => {
      const test = await fresh();
      await furnish(test);
      const send = (changes: object) => test.vendor('POST', '/v1/installs', { ...newInstall('initech'), ...changes });
      const bad = await send({ inputs: { replicas: 'many' } });
      expect([bad.status, bad.body.code]).toEqual([422, 'LF-CONTRACT-013']);
      expect(bad.body.title).toContain('inputs.replicas');
      expect((await send({ inputs: { colour: 'red' } })).body.title).toContain('inputs.colour: unknown input');
      expect((await send({ secrets: {} })).body.code).toBe('LF-CONTROL-PLANE-015');
      expect((await send({ secrets: { token: tokenReference, x: tokenReference } })).body.title).toContain('input x');
      expect((await send({ secrets: { token: 'the-value-itself' } })).body.code).toBe('LF-CONTRACT-004');
      expect((await send({ id: 'Not_A_Label' })).body.title).toContain('id');
      expect((await send({ typo: 1 })).status).toBe(400);
      expect((await test.vendor('GET', '/v1/installs/initech')).body.code).toBe('LF-CONTROL-PLANE-008');
      expect((await send({ product: 'nope' })).status).toBe(404);
    });

    it('gives every install on a channel a signed desired state with the next sequence when a release is promoted', async () => {
      const test = await fresh();
      await furnish(test);
      const promoted = await test.vendor('POST', '/v1/products/streaming/channels/stable/promote', {
        version: '1.1.0',
      });
      expect(promoted.body).toEqual({ product: 'streaming', name: 'stable', version: '1.1.0' });
      for (const install of ['acme', 'globex']) {
        expect((await test.vendor('GET', `/v1/installs/${install}`)).body.desiredSequence).toBe(2);
      }
      await test.vendor('POST', '/v1/products/streaming/channels/stable/promote', { version: '1.1.0' });
      expect((await test.vendor('GET', '/v1/installs/acme')).body.desiredSequence).toBe(2);
      const who = await test.enrolled('acme');
      const { body } = await test.runner(who, 'GET', who.paths.desiredState);
      const payload = await pinnedKeysVerifier([signingKey.publicKeyPem]).verify(
        body.desiredState,
        payloadTypes.desiredState,
      );
      const document = parseJson(payload, desiredStateSchema, 'it', limits.desiredState);
      expect(document).toMatchObject({
        install: 'acme',
        sequence: 2,
        release: { version: '1.1.0', registry: 'registry.vendor.test' },
        inputs: { replicas: 2 },
        secrets: { token: tokenReference },
      });
    });

    it('keeps the old desired state and says why, when a new release asks for what an install does not give', async () => {
      const test = await fresh();
      await furnish(test);
      const inputs = { schema: { type: 'object', required: ['zone'], properties: { zone: { type: 'string' } } } };
      await test.vendor('POST', '/v1/products/streaming/releases', await registration('2.0.0', { inputs }));
      await test.vendor('POST', '/v1/products/streaming/channels/stable/promote', { version: '2.0.0' });
      const { body } = await test.vendor('GET', '/v1/installs/acme');
      expect(body).toMatchObject({ desiredSequence: 1, blocked: expect.stringContaining('LF-CONTROL-PLANE-015') });
      const mended = await test.vendor('PATCH', '/v1/installs/acme', { inputs: { zone: 'a' }, secrets: {} });
      expect(mended.body).toMatchObject({ desiredSequence: 2, blocked: null, inputs: { zone: 'a' } });
      const events = await test.vendor('GET', '/v1/installs/acme/events');
      expect(events.body.events.map((event: { reason: string }) => event.reason)).toEqual([
        'DesiredStateIssued',
        'InstallChanged',
        'DesiredStateBlocked',
        'DesiredStateIssued',
        'InstallCreated',
      ]);
    });

    it('refuses changed inputs that do not fit, and issues nothing when nothing has changed', async () => {
      const test = await fresh();
      await furnish(test);
      const bad = await test.vendor('PATCH', '/v1/installs/acme', { inputs: { replicas: 99 } });
      expect(bad.body.code).toBe('LF-CONTRACT-013');
      await test.vendor('PATCH', '/v1/installs/acme', { inputs: {} });
      expect((await test.vendor('GET', '/v1/installs/acme')).body.desiredSequence).toBe(1);
      await test.vendor('PATCH', '/v1/installs/acme', { inputs: { replicas: 5 } });
      expect((await test.vendor('GET', '/v1/installs/acme')).body.desiredSequence).toBe(2);
    });

    it('refuses oversized, deeply nested and unreadable bodies with a code', async () => {
      const test = await fresh();
      const send = async (body: string, type = 'application/json') => {
        const headers = { authorization: 'Bearer lf_admin_test_0123456789abcdefghij', 'content-type': type };
        const answer = await test.raw({ method: 'POST', url: '/v1/products', headers, body });
        expect(answer.headers['content-type']).toContain('application/problem+json');
        return [answer.status, answer.body.code];
      };
      expect(await send(`"${'x'.repeat(limits.apiBody.bytes)}"`)).toEqual([413, 'LF-CONTRACT-001']);
      expect(await send('['.repeat(100_000))).toEqual([400, 'LF-CONTRACT-002']);
      expect(await send('{"name":')).toEqual([400, 'LF-CONTRACT-003']);
      expect(await send('a=1', 'application/x-www-form-urlencoded')).toEqual([415, 'LF-CONTROL-PLANE-017']);
      expect(await send('{"name":"\\u0000"}')).toEqual([400, 'LF-CONTRACT-004']);
    });

    it('makes request lists with their own sequence, once for a request sent twice', async () => {
      const test = await fresh();
      await furnish(test);
      const wish = { id: 'r1', verb: 'restart', component: 'gateway' };
      expect((await test.vendor('POST', '/v1/installs/acme/requests', wish)).status).toBe(201);
      expect((await test.vendor('POST', '/v1/installs/acme/requests', wish)).status).toBe(201);
      const other = await test.vendor('POST', '/v1/installs/acme/requests', { ...wish, component: 'broker' });
      expect(other.body.code).toBe('LF-CONTROL-PLANE-009');
      expect((await test.vendor('GET', '/v1/installs/acme/requests')).body.requests).toHaveLength(1);
      const who = await test.enrolled('acme');
      const { body } = await test.runner(who, 'GET', who.paths.desiredState);
      const payload = await pinnedKeysVerifier([signingKey.publicKeyPem]).verify(body.requests, payloadTypes.requests);
      expect(JSON.parse(payload.toString())).toMatchObject({
        install: 'acme',
        requests: [{ id: 'r1', verb: 'restart' }],
      });
    });

    it('describes itself and says whether it is well', async () => {
      const test = await fresh();
      expect((await test.raw({ method: 'GET', url: '/readyz' })).body).toEqual({ ok: true });
      const { body } = await test.raw({ method: 'GET', url: '/v1/openapi.json' });
      expect(Object.keys(body.paths)).toEqual(
        expect.arrayContaining(['/v1/products/{product}/releases', '/v1/installs/{install}/report', '/v1/enrol']),
      );
      const missing = await test.raw({ method: 'GET', url: '/v1/nope' });
      expect([missing.status, missing.body.code]).toEqual([404, 'LF-CONTROL-PLANE-001']);
    });
  });
}
