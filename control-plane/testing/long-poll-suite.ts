import { describe, expect, it, vi } from 'vitest';
import { furnish, type TestPlane } from './test-plane.ts';

const until = (holds: () => boolean): Promise<unknown> => vi.waitUntil(holds, { timeout: 10_000, interval: 2 });

/** The held request, with a clock that stands still: whatever answers it, no timer did. */
export function describeLongPoll(fresh: () => Promise<TestPlane>): void {
  const holding = async () => {
    const test = await fresh();
    await furnish(test);
    const acme = await test.enrolled('acme');
    const { headers } = await test.runner(acme, 'GET', acme.paths.desiredState);
    const poll = (etag: unknown, wait = 55) =>
      test.runner(acme, 'GET', acme.paths.desiredState, undefined, {
        headers: { 'if-none-match': String(etag), prefer: `wait=${wait}` },
      });
    return { test, acme, etag: headers['etag'], poll };
  };

  describe('the long-poll', () => {
    it.each([
      ['a promotion', '/v1/products/streaming/channels/stable/promote', { version: '1.1.0' }],
      ['a request', '/v1/installs/acme/requests', { verb: 'restart', component: 'gateway' }],
    ])('is woken by %s while the clock stands still', async (_name, url, body) => {
      const { test, etag, poll } = await holding();
      const held = poll(etag);
      await until(() => test.clock.sleepers === 1);
      await test.vendor('POST', url, body);
      const answer = await held;
      expect(answer.status).toBe(200);
      expect(answer.headers['etag']).not.toBe(etag);
      await until(() => test.clock.sleepers === 0);
    });

    it("is not woken by another install's change, and ends with 304 after the wait", async () => {
      const { test, etag, poll } = await holding();
      let ended = false;
      const held = poll(etag).finally(() => {
        ended = true;
      });
      await until(() => test.clock.sleepers === 1);
      await test.vendor('PATCH', '/v1/installs/globex', { inputs: { replicas: 3 } });
      test.clock.advance(54_000);
      await test.vendor('GET', '/v1/installs/acme');
      expect(ended).toBe(false);
      test.clock.advance(1000);
      const answer = await held;
      expect([answer.status, answer.headers['etag'], answer.body]).toEqual([304, etag, '']);
    });

    it('answers at once with 200 when there is news, and with 304 when no wait was asked for', async () => {
      const { etag, poll } = await holding();
      expect((await poll('"0.0"')).status).toBe(200);
      expect((await poll(etag, 0)).status).toBe(304);
    });

    it('answers what is held when the control plane ends', async () => {
      const { test, etag, poll } = await holding();
      const held = poll(etag);
      await until(() => test.clock.sleepers === 1);
      await test.plane.close();
      expect((await held).status).toBe(304);
    });

    it('sends the same bytes for the same sequence, and a new document before the old one expires', async () => {
      const { test, acme, etag } = await holding();
      const first = await test.runner(acme, 'GET', acme.paths.desiredState);
      test.clock.advance(4.9 * 24 * 3600 * 1000);
      const same = await test.runner(acme, 'GET', acme.paths.desiredState);
      expect(same.body).toEqual(first.body);
      expect(same.headers['etag']).toBe(etag);
      test.clock.advance(0.2 * 24 * 3600 * 1000);
      const next = await test.runner(acme, 'GET', acme.paths.desiredState);
      const document = JSON.parse(Buffer.from(next.body.desiredState.payload, 'base64').toString());
      expect(document).toMatchObject({ sequence: 2, issuedAt: test.clock.now().toISOString() });
    });
  });
}
