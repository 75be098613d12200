import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createAuthority } from '../dev/world/authority.ts';
import type { Database } from './database/open-database.ts';
import { adminToken, furnish, memoryDatabase, testPlane, type TestPlane } from './testing/test-plane.ts';

const folder = mkdtempSync(join(tmpdir(), 'landfall-control-plane-'));
let database: Database;
let test: TestPlane;
let url: string;
let agent: Agent;
beforeAll(async () => {
  const authority = await createAuthority(folder);
  const { certificatePem, keyPem } = await authority.issue({
    commonName: 'control plane',
    hosts: ['127.0.0.1'],
    usage: 'server',
  });
  database = await memoryDatabase();
  test = await testPlane(database, { tls: { cert: certificatePem, key: keyPem } });
  await furnish(test);
  url = await test.plane.listen();
  agent = new Agent({ connect: { ca: authority.certificatePem } });
}, 60_000);
afterAll(async () => {
  await agent.close();
  await test.plane.close();
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

it('holds a request over TLS, wakes it by a commit with the clock standing still, and forgets a client that left', async () => {
  expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  const acme = await test.enrolled('acme');
  const poll = async (etag: string, signal?: AbortSignal) =>
    request(`${url}${acme.paths.desiredState}`, {
      dispatcher: agent,
      headers: {
        authorization: await acme.proof('GET', acme.paths.desiredState),
        'if-none-match': etag,
        prefer: 'wait=55',
      },
      ...(signal === undefined ? {} : { signal }),
    });
  const first = await poll('"none"');
  await first.body.dump();
  const etag = String(first.headers['etag']);
  const waiting = (count: number) =>
    vi.waitUntil(() => test.clock.sleepers === count, { timeout: 10_000, interval: 2 });

  const leaving = new AbortController();
  const left = poll(etag, leaving.signal).catch((error: unknown) => error);
  await waiting(1);
  leaving.abort();
  expect(await left).toBeInstanceOf(Error);
  await waiting(0);

  const held = poll(etag);
  await waiting(1);
  await test.vendor('POST', '/v1/products/streaming/channels/stable/promote', { version: '1.1.0' });
  const woken = await held;
  expect(woken.statusCode).toBe(200);
  expect(woken.headers['etag']).not.toBe(etag);
  await woken.body.dump();
});

it('binds the session cookie to this host and to TLS', async () => {
  const answer = await request(`${url}/login`, {
    dispatcher: agent,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: url },
    body: new URLSearchParams({ token: adminToken }).toString(),
  });
  await answer.body.dump();
  expect(answer.statusCode).toBe(303);
  expect(answer.headers['set-cookie']).toMatch(
    /^__Host-lf_session=.*; Path=\/; HttpOnly; SameSite=Strict; .*; Secure$/,
  );
  expect(answer.headers['strict-transport-security']).toBeDefined();
});
