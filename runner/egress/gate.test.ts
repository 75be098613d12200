import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { apiVersion, sha256 } from '../../contract/index.ts';
import { createDialer } from '../network/dialer.ts';
import { createEventSink, createLogger, createShipper } from '../telemetry/index.ts';
import { type Gate, createGate } from './gate.ts';
import { openLedger, readLedger } from './ledger.ts';
import { createRedactor } from './redact.ts';
import { openSpool } from './spool.ts';

const clock = {
  now: () => new Date('2026-01-06T00:00:00.000Z'),
  sleep: () => new Promise<void>((resolve) => setImmediate(resolve)),
};
const never = new AbortController().signal;

const batchSchema = z.object({
  spool: z.string().optional(),
  records: z.array(z.looseObject({ sequence: z.number(), message: z.string().optional() })).optional(),
});

/** A control plane that remembers every byte, stores records once by their number, and can be away or lose its answers. */
async function vendor() {
  const received: { path: string; body: string; ledgerThen: number }[] = [];
  const records = new Map<number, { message?: string | undefined }>();
  const state = { away: false, losesAnswers: 0, ledgerDir: '' };
  const read = async (request: IncomingMessage): Promise<string> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  };
  const server = createServer((request, response) => {
    if (state.away) {
      request.socket.destroy();
      return;
    }
    void read(request).then((body) => {
      received.push({ path: request.url ?? '', body, ledgerThen: readLedger(state.ledgerDir).length });
      const batch = batchSchema.parse(JSON.parse(body));
      for (const record of batch.records ?? []) records.set(record.sequence, record);
      if (state.losesAnswers > 0) {
        state.losesAnswers--;
        request.socket.destroy();
        return;
      }
      const acknowledged = Math.max(0, ...records.keys());
      response
        .writeHead(200)
        .end(batch.spool === undefined ? '{}' : JSON.stringify({ spool: batch.spool, acknowledged }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, received, records, state, close: () => server.close() };
}

let dir: string;
let cp: Awaited<ReturnType<typeof vendor>>;
const dialer = createDialer();
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'landfall-gate-'));
  cp = await vendor();
  cp.state.ledgerDir = join(dir, 'ledger');
});
afterEach(() => {
  cp.close();
  rmSync(dir, { recursive: true, force: true });
});

function outfit(options: { redaction?: boolean } = {}) {
  const redactor = createRedactor({ guard: options.redaction ?? true });
  const ledger = openLedger({ dir: join(dir, 'ledger'), clock });
  const dispatcher = dialer.to({ name: 'the control plane', hosts: [new URL(cp.url).host] });
  const gate: Gate = createGate({ install: 'acme', controlPlaneUrl: cp.url, dispatcher, ledger, redactor });
  const spool = openSpool({ dir: join(dir, 'spool'), clock, maxBytes: 1_000_000 });
  const lines: string[] = [];
  const log = createLogger({ level: 'info', redactor, write: (line) => lines.push(line), base: { install: 'acme' } });
  log.attach(spool);
  const events = createEventSink({ logger: log.logger, spool, redactor, trace: () => null });
  const shipper = createShipper({
    install: 'acme',
    spool,
    gate,
    authorize: () => Promise.resolve('Runner test'),
    clock,
    backoff: () => 1,
    onTrouble: () => undefined,
  });
  const ship = async (done: () => boolean): Promise<void> => {
    const stop = new AbortController();
    const running = shipper.run(stop.signal);
    while (!done()) await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    await running;
  };
  return { gate, ledger, spool, log, events, redactor, ship, lines };
}

const report = (message: string): Record<string, unknown> => ({
  apiVersion,
  kind: 'Report',
  install: 'acme',
  sequence: 1,
  at: '2026-01-06T00:00:00.000Z',
  runner: { version: '0.1.0', features: [], bootId: '00000000-0000-4000-8000-000000000000', leaseEpoch: 1 },
  acceptedSequence: 0,
  desired: null,
  observed: null,
  state: 'Unknown',
  conditions: [],
  waitingFor: { reason: 'Test', message },
  components: [],
  denied: [],
});

describe('the egress gate', () => {
  it('records every body before it sends it: when, what, its digest and where to', async () => {
    const { gate } = outfit();
    await gate.send('report', report('nothing'), { signal: never });
    const [sent] = cp.received;
    expect(sent?.ledgerThen).toBe(1);
    expect(readLedger(join(dir, 'ledger'))[0]).toMatchObject({
      kind: 'report',
      method: 'PUT',
      host: new URL(cp.url).host,
      path: '/v1/installs/acme/report',
      sha256: sha256(sent?.body ?? ''),
      bytes: Buffer.byteLength(sent?.body ?? ''),
    });
  });

  it('lets nothing out that is not in the typed list', async () => {
    const { gate } = outfit();
    await gate.send('report', { ...report('x'), kubeconfig: 'everything', environment: { A: 'b' } }, { signal: never });
    expect(cp.received[0]?.body).not.toMatch(/kubeconfig|environment/);
    await expect(gate.send('report', { kind: 'Report', dump: true }, { signal: never })).rejects.toThrow(
      'expected shape',
    );
    expect(cp.received).toHaveLength(1);
    expect(readLedger(join(dir, 'ledger'))).toHaveLength(1);
  });
});

const canary = 'canary-7f3e9d1c5b';
/** Where secrets turn up in practice. */
const leaks: [string, (parts: ReturnType<typeof outfit>) => unknown][] = [
  ['a learned secret in a message', ({ log }) => log.logger.info(`logging in with ${canary}`)],
  ['a field named password', ({ log }) => log.logger.info({ error: `password=${canary}` }, 'x')],
  ['a connection string', ({ log }) => log.logger.warn(`postgres://app:${canary}@db/x`)],
  ['an authorization header', ({ log }) => log.logger.warn(`GET / authorization: Bearer ${canary}${canary}`)],
  [
    'a presigned URL',
    ({ events }) =>
      events.event({
        reason: 'X',
        component: null,
        severity: 'normal',
        message: `https://s3/x?X-Amz-Signature=${canary}`,
      }),
  ],
  [
    'an event',
    ({ events }) => events.event({ reason: 'X', component: null, severity: 'warning', message: `token: "${canary}"` }),
  ],
  ['a report', ({ gate }) => gate.send('report', report(`secret=${canary}`), { signal: never })],
];

describe('a canary secret', () => {
  const leak = async (redaction: boolean): Promise<{ out: string; disk: string }> => {
    const parts = outfit({ redaction });
    parts.redactor.learn(canary);
    for (const [, seed] of leaks) await seed(parts);
    const spooled = JSON.stringify(parts.spool.next());
    await parts.ship(() => parts.spool.next().length === 0);
    return { out: cp.received.map(({ body }) => body).join('\n'), disk: spooled + parts.lines.join('') };
  };

  it('finds no way out, nor onto the disk', async () => {
    const { out, disk } = await leak(true);
    expect(out).not.toContain(canary);
    expect(disk).not.toContain(canary);
    expect(out).toContain('[redacted]');
  });

  it('gets out everywhere with redaction off', async () => {
    const { out, disk } = await leak(false);
    expect(out.split(canary).length - 1).toBeGreaterThanOrEqual(leaks.length);
    expect(disk).toContain(canary);
  });

  it.each(leaks)('is found by its shape alone in %s', async (name, seed) => {
    if (name.startsWith('a learned')) return;
    const parts = outfit();
    await seed(parts);
    await parts.ship(() => parts.spool.next().length === 0);
    expect(cp.received.map(({ body }) => body).join('\n')).not.toContain(canary);
  });
});

describe('telemetry', () => {
  it('waits in the spool while the control plane is away, and then all of it arrives once', async () => {
    const parts = outfit();
    cp.state.away = true;
    for (let i = 1; i <= 1200; i++) parts.log.logger.info(`line ${i}`);
    await new Promise((resolve) => setImmediate(resolve));
    expect(cp.records.size).toBe(0);
    cp.state.away = false;
    await parts.ship(() => parts.spool.next().length === 0);
    const texts = [...cp.records.values()].map((record) => record.message);
    expect(texts).toEqual(Array.from({ length: 1200 }, (_, i) => `line ${i + 1}`));
  });

  it('is neither lost nor doubled when answers are lost', async () => {
    const parts = outfit();
    cp.state.losesAnswers = 2;
    for (let i = 1; i <= 5; i++) parts.log.logger.info(`line ${i}`);
    await parts.ship(() => parts.spool.next().length === 0);
    expect(cp.received.length).toBeGreaterThanOrEqual(3);
    expect(cp.records.size).toBe(5);
  });

  it('is the same bytes under the same numbers after a kill between send and acknowledgement', async () => {
    const before = outfit();
    for (let i = 1; i <= 5; i++) before.log.logger.info(`line ${i}`);
    const sent = before.spool.next();
    const after = outfit();
    expect(after.spool.next()).toEqual(sent);
  });

  it('does not carry what engines print, which may quote values; the machine’s own log has it', () => {
    const parts = outfit();
    const quoted = 'Error: invalid value: the name hunter2 is too short';
    parts.events.log('info', quoted, { engine: 'tofu', component: 'db' });
    expect(parts.spool.next()).toEqual([]);
    expect(parts.lines.join()).toContain('hunter2');
    // The same line without that mark leaves: no pattern knows such a value.
    parts.events.log('info', quoted, { component: 'db' });
    expect(JSON.stringify(parts.spool.next())).toContain('hunter2');
  });

  it('carries only the fields that are named', async () => {
    const parts = outfit();
    parts.log.logger.info({ component: 'web', kubeconfig: 'x', nested: { a: 1 } }, 'hello');
    const [record] = parts.spool.next();
    expect(record).toMatchObject({ type: 'log', message: 'hello', fields: { component: 'web' } });
    expect(JSON.stringify(record)).not.toMatch(/kubeconfig|nested/);
  });
});
