import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  type ChannelAnswer,
  type Clock,
  LandfallError,
  installIdSchema,
  localSigner,
  pinnedKeysVerifier,
  sha256,
} from '../../contract/index.ts';
import {
  type ControlPlane,
  createControlPlane,
  type Database,
  hashToken,
  openDatabase,
} from '../../control-plane/index.ts';
import { bodyless, createDialer, fetchOnly } from '../network/dialer.ts';
import { createGate, createRedactor, openLedger, openSpool, readLedger } from '../egress/index.ts';
import type { Effects } from '../ports.ts';
import { buildReport, createReportSender } from '../report/index.ts';
import { createStore } from '../store/index.ts';
import { createShipper } from '../telemetry/index.ts';
import { createFakeKubernetes } from '../testing/index.ts';
import { acceptDesiredState } from './accept.ts';
import { enrol } from './enrol.ts';
import { listen } from './listen.ts';
import { loadRunnerKey } from './runner-key.ts';
import { signRequests } from './runner-token.ts';
import { controlPlaneKey, pipelineKey, releaseDocument, signedRelease } from './testing/documents.ts';

/** Time stands still for both sides: nothing that rests on a timer would ever happen. */
const standingStill = (): Clock & { slept: number } => {
  const clock: Clock & { slept: number } = {
    slept: 0,
    now: () => new Date('2026-01-06T00:00:00.000Z'),
    sleep: (_ms, signal) =>
      new Promise((_, reject) => {
        clock.slept++;
        signal?.addEventListener('abort', () => reject(new Error('stopped')), { once: true });
      }),
  };
  return clock;
};
const clock = standingStill();
const directly: Effects = {
  run: (_kind, _about, fn) => fn({ signal: new AbortController().signal, onSpawn: () => Promise.resolve() }),
};
const adminToken = 'lf_admin_0123456789abcdefghij';
const never = new AbortController().signal;

let database: Database;
let plane: ControlPlane;
let url: string;
let dir: string;

async function vendor(method: string, path: string, body?: unknown): Promise<string> {
  const headers: Record<string, string> = { authorization: `Bearer ${adminToken}` };
  if (body !== undefined) headers['content-type'] = 'application/json';
  const response = await fetch(`${url}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.text();
}

async function publish(version: string): Promise<void> {
  const { envelope, manifest } = await signedRelease(releaseDocument({ version }));
  const place = { registry: 'vendor.test', repository: 'shop/releases', digest: sha256(manifest) };
  await vendor('POST', '/v1/products/shop/releases', { version, ...place, envelope: JSON.parse(envelope.toString()) });
  await vendor('POST', '/v1/products/shop/channels/stable/promote', { version });
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'landfall-channel-'));
  database = await openDatabase('memory');
  const signer = localSigner(controlPlaneKey.privateKeyPem);
  plane = await createControlPlane({
    clock: standingStill(),
    database,
    signer,
    adminTokenHash: hashToken(adminToken),
    logger: pino({ level: 'silent' }),
  });
  url = await plane.listen();
  await vendor('POST', '/v1/products', { name: 'shop', title: 'Shop', releaseKeys: [pipelineKey.publicKeyPem] });
  await vendor('POST', '/v1/products/shop/channels', { name: 'stable' });
  await publish('1.0.0');
  await vendor('POST', '/v1/installs', { id: 'acme', product: 'shop', channel: 'stable' });
}, 60_000);
afterAll(async () => {
  await plane.close();
  await database.close();
  rmSync(dir, { recursive: true, force: true });
});

/** One install's cluster; `answersLost` loses the control plane's next answers on the way. */
function cluster(name: string) {
  const kubernetes = createFakeKubernetes();
  const store = createStore({ kubernetes, namespace: 'landfall-system', epoch: () => 1 });
  const ledger = openLedger({ dir: join(dir, name, 'ledger'), clock });
  const dialer = createDialer();
  const rule = { name: 'the control plane', hosts: [new URL(url).host] };
  const gate = createGate({
    install: 'acme',
    controlPlaneUrl: url,
    dispatcher: dialer.to(rule),
    ledger,
    redactor: createRedactor(),
  });
  const lossy = { answersLost: 0 };
  const flaky: typeof gate = {
    send: async (...request) => {
      const answer = await gate.send(...request);
      if (lossy.answersLost-- > 0) throw new LandfallError('LF-RUNNER-056', 'the answer was lost', { temporary: true });
      return answer;
    },
  };
  const key = () => loadRunnerKey(kubernetes, { namespace: 'landfall-system', name: 'lf-runner-key' }, never);
  const enrolWith = async (joinToken: string) =>
    enrol({
      install: 'acme',
      key: await key(),
      store,
      effects: directly,
      gate: flaky,
      clock: { ...clock, sleep: () => Promise.resolve() },
      backoff: () => 1,
      runnerVersion: '0.1.0',
      joinToken: () => Promise.resolve(joinToken),
      onWaiting: () => undefined,
      signal: never,
    });
  const check = fetchOnly(rule.name, (fetched) => ledger.append({ kind: 'fetch', ...fetched, sha256: null, bytes: 0 }));
  const channel = bodyless(dialer.to(rule), check);
  return { store, gate, key, enrolWith, lossy, channel };
}

const joinToken = async (): Promise<string> =>
  z.object({ token: z.string() }).parse(JSON.parse(await vendor('POST', '/v1/installs/acme/join-tokens', {}))).token;

describe('enrolment at a real control plane', () => {
  it('makes one key, keeps it before the token is spent, and goes through although the answer was lost', async () => {
    const acme = cluster('lost');
    acme.lossy.answersLost = 2;
    const { keyId } = await acme.enrolWith(await joinToken());
    expect(keyId).toBe((await acme.key()).keyId);
    // Done once, it needs neither token nor control plane.
    expect(await acme.enrolWith('lf_no_token_any_more_0123456789')).toEqual({ keyId });
  });

  it('is refused to a second key with the same token', async () => {
    const token = await joinToken();
    await cluster('first').enrolWith(token);
    await expect(cluster('thief').enrolWith(token)).rejects.toMatchObject({ code: 'LF-RUNNER-057' });
  });
});

describe('the channel with a clock that stands still', () => {
  it('brings what is published by the held request alone, and takes reports and telemetry', async () => {
    const acme = cluster('channel');
    const { keyId } = await acme.enrolWith(await joinToken());
    const authorize = signRequests({ key: await acme.key(), keyId, install: 'acme', clock });
    const answers: ChannelAnswer[] = [];
    let arrived: () => void = () => undefined;
    const stop = new AbortController();
    const nextAnswer = (): Promise<void> => new Promise((resolve) => (arrived = resolve));
    const listening = listen(
      {
        install: 'acme',
        controlPlaneUrl: url,
        dispatcher: acme.channel,
        authorize,
        clock,
        backoff: () => 1,
        onAnswer: (answer) => {
          answers.push(answer);
          arrived();
        },
        onContact: () => undefined,
      },
      stop.signal,
    );
    await nextAnswer();
    const woken = nextAnswer();
    await publish('1.1.0');
    await woken;
    const verifier = pinnedKeysVerifier([controlPlaneKey.publicKeyPem]);
    const versions = [];
    for (const { desiredState } of answers) {
      if (desiredState === null) continue;
      const context = { install: 'acme', product: 'shop', verifier, highest: null, now: clock.now() };
      versions.push((await acceptDesiredState(desiredState, context)).desired.release?.version);
    }
    expect(versions).toEqual(['1.0.0', '1.1.0']);
    expect(clock.slept).toBe(0);

    const send = {
      gate: acme.gate,
      authorize,
      clock,
      backoff: () => 1,
      onTrouble: (message: string) => expect(message).toBe(''),
    };
    const spool = openSpool({ dir: join(dir, 'channel', 'spool'), clock, maxBytes: 1_000_000 });
    spool.append({ type: 'log', level: 'info', message: 'hello from acme', fields: {} });
    const report = createReportSender({
      build: () =>
        buildReport({
          install: installIdSchema.parse('acme'),
          runner: { version: '0.1.0', features: [], bootId: '00000000-0000-4000-8000-000000000000', leaseEpoch: 1 },
          status: {
            state: 'Running',
            conditions: [],
            components: [],
            acceptedSequence: 2,
            desired: null,
            observed: null,
            denied: [],
            waitingFor: null,
            decision: null,
            decisions: [],
            mirror: null,
          },
          refusals: [],
          channelWaitsFor: null,
          ending: null,
          sealed: null,
          secrets: null,
          accepted: null,
        }),
      nextSequence: () => Promise.resolve(1),
      ...send,
    });
    await report.flush(never);
    const shipping = createShipper({ install: 'acme', spool, ...send }).run(stop.signal);
    while (spool.next().length > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(await vendor('GET', '/v1/installs/acme/report')).toContain('"state":"Running"');
    stop.abort();
    await Promise.all([listening, shipping]);
    const ledger = readLedger(join(dir, 'channel', 'ledger'));
    expect(new Set(ledger.map(({ kind }) => kind))).toEqual(new Set(['enrol', 'fetch', 'report', 'telemetry']));
    expect(ledger.every(({ path }) => !path.includes('?'))).toBe(true);
  });

  it('says that the control plane is away, waits, and is there again afterwards', async () => {
    const acme = cluster('away');
    const { keyId } = await acme.enrolWith(await joinToken());
    const authorize = signRequests({ key: await acme.key(), keyId, install: 'acme', clock });
    const heard: string[] = [];
    const stop = new AbortController();
    const closed = new URL(url);
    let wake: () => void = () => undefined;
    let asleep: () => void = () => undefined;
    const sleeping = new Promise<void>((resolve) => (asleep = resolve));
    const there = new Promise<void>((resolve) => (wake = resolve));
    let away = true;
    const dispatcher = acme.channel.compose((dispatch) => (request, handler) => {
      if (away) throw new Error('ECONNREFUSED');
      return dispatch(request, handler);
    });
    let back: () => void = () => undefined;
    const answered = new Promise<void>((resolve) => (back = resolve));
    const listening = listen(
      {
        install: 'acme',
        controlPlaneUrl: closed.origin,
        dispatcher,
        authorize,
        clock: { ...clock, sleep: () => (asleep(), there) },
        backoff: () => 1,
        onAnswer: () => back(),
        onContact: (error) => heard.push(error === null ? 'answered' : error.code),
      },
      stop.signal,
    );
    await sleeping;
    away = false;
    wake();
    await answered;
    stop.abort();
    await listening;
    expect(heard.slice(0, 2)).toEqual(['LF-RUNNER-056', 'answered']);
  });
});
