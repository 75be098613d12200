import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockAgent } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type TelemetryRecord,
  apiVersion,
  reportSchema,
  systemClock,
  telemetryBatchSchema,
} from '../../contract/index.ts';
import { createEventSink, createLogger, createShipper } from '../telemetry/index.ts';
import { createGate } from './gate.ts';
import { openLedger } from './ledger.ts';
import { createRedactor } from './redact.ts';
import { openSpool } from './spool.ts';

let dir: string;
let agent: MockAgent;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'landfall-room-'));
  agent = new MockAgent();
  agent.disableNetConnect();
});
afterEach(async () => {
  await agent.close();
  rmSync(dir, { recursive: true, force: true });
});

const never = new AbortController().signal;
const outfit = () => {
  const redactor = createRedactor();
  const ledger = openLedger({ dir: join(dir, 'ledger'), clock: systemClock });
  const controlPlaneUrl = 'https://vendor.test';
  const gate = createGate({ install: 'acme', controlPlaneUrl, dispatcher: agent, ledger, redactor });
  return { gate, redactor };
};

describe('a report whose text is longer once it is redacted', () => {
  const names = ['queue', 'db_password', 'api_token', ...Array.from({ length: 20 }, (_, i) => `topic_${i}`)];
  const told = names.map((name) => `delete aws_sqs_queue.${name}: it holds data, and it would be deleted`);
  const message = `the plan of db needs the customer's approval: ${told.join('; ')}`.slice(0, 1000);
  const send = async (said: string): Promise<ReturnType<typeof reportSchema.safeParse>> => {
    let body = '';
    const report = {
      ...{ apiVersion, kind: 'Report', install: 'acme', sequence: 1, at: '2026-01-06T00:00:00.000Z' },
      runner: { version: '0.1.0', features: [], bootId: '00000000-0000-4000-8000-000000000000', leaseEpoch: 1 },
      ...{ acceptedSequence: 0, desired: null, observed: null, state: 'Unknown', conditions: [] },
      ...{ waitingFor: { reason: 'ApprovalNeeded', message: said }, components: [], denied: [] },
    };
    agent
      .get('https://vendor.test')
      .intercept({ method: 'PUT', path: '/v1/installs/acme/report' })
      .reply(204, (request) => {
        body = Buffer.isBuffer(request.body) ? request.body.toString() : '';
        return '';
      });
    await outfit().gate.send('report', report, { signal: never });
    return reportSchema.safeParse(JSON.parse(body));
  };

  it('is one that the control plane takes, with as much of it as there is room for', async () => {
    expect(createRedactor().text(message).length).toBeGreaterThan(1000);
    const { success, data } = await send(message);
    expect(success).toBe(true);
    expect(data?.waitingFor?.message).toHaveLength(1000);
    expect(data?.waitingFor?.message).toContain('db_password: [redacted]');
  });

  it('has nothing that a database would not take: half a character, or a zero byte', async () => {
    const { data } = await send(`${'x'.repeat(900)}\0${message}😀`.slice(0, 999) + '😀'.slice(0, 1));
    const said = data?.waitingFor?.message ?? '';
    expect([said.length, said.isWellFormed(), said.includes('\0')]).toEqual([1000, true, false]);
  });
});

describe('telemetry that the control plane cannot read', () => {
  type Refuses = (record: TelemetryRecord) => boolean;
  /** By its own schema, and by what a test adds. */
  const vendor = (refuses: Refuses = () => false) => {
    const taken: TelemetryRecord[] = [];
    let refused = 0;
    agent
      .get('https://vendor.test')
      .intercept({ method: 'POST', path: '/v1/installs/acme/telemetry' })
      .reply(({ body }) => {
        const batch = telemetryBatchSchema.safeParse(JSON.parse(Buffer.isBuffer(body) ? body.toString() : ''));
        if (!batch.success || batch.data.records.some(refuses)) {
          refused++;
          const problem = { type: 'about:blank', title: 'no', status: 400, code: 'LF-CONTRACT-004' };
          return { statusCode: 400, data: JSON.stringify(problem) };
        }
        taken.push(...batch.data.records);
        const { spool, records } = batch.data;
        return { statusCode: 200, data: JSON.stringify({ spool, acknowledged: records.at(-1)?.sequence ?? 0 }) };
      })
      .persist();
    const texts = () => taken.map((record) => ('message' in record ? record.message : record.type));
    return { texts, taken, refused: () => refused };
  };
  const ship = () => {
    const { gate, redactor } = outfit();
    const spool = openSpool({ dir: join(dir, 'spool'), clock: systemClock, maxBytes: 1_000_000 });
    const { logger } = createLogger({ level: 'fatal', redactor, write: () => undefined, base: {} });
    const sink = createEventSink({ logger, spool, redactor, trace: () => null });
    const say = (message: string): void => sink.event({ reason: 'Said', component: null, severity: 'normal', message });
    const stop = new AbortController();
    const shipper = createShipper({
      ...{ install: 'acme', spool, gate, authorize: () => Promise.resolve('Runner test'), clock: systemClock },
      ...{ backoff: () => 1, onTrouble: () => undefined },
    });
    return { spool, say, run: () => shipper.run(stop.signal), stop: () => stop.abort() };
  };

  it('is none for having grown when it was redacted: it is cut, and goes out at once', async () => {
    const cp = vendor();
    const { spool, say, run, stop } = ship();
    say(Array.from({ length: 60 }, (_, i) => `module.tenant[${i}].password: rotated`).join('; '));
    spool.append({ type: 'log', level: 'info', message: 'x', fields: { why: 'token: it '.repeat(200) } });
    say('later');
    const running = run();
    await expect.poll(() => spool.next()).toEqual([]);
    stop();
    await running;
    expect([cp.refused(), cp.texts().slice(1), cp.texts()[0]?.length]).toEqual([0, ['x', 'later'], 2000]);
    expect(JSON.stringify(cp.taken)).not.toContain('rotated');
  });

  it('is told as missing in its place, and the rest goes out, each once', async () => {
    const cp = vendor((record) => 'message' in record && record.message.startsWith('bad'));
    const { spool, say, run, stop } = ship();
    for (let i = 1; i <= 9; i++) say(i === 4 || i === 9 ? `bad ${i}` : `event ${i}`);
    const running = run();
    await expect.poll(() => spool.next()).toEqual([]);
    stop();
    await running;
    const events = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `event ${from + i}`);
    expect(cp.texts()).toEqual([...events(1, 3), 'gap', ...events(5, 8), 'gap']);
    expect(cp.taken.map(({ sequence }) => sequence)).toEqual(cp.taken.map((_, i) => (cp.taken[0]?.sequence ?? 0) + i));
  });

  it('stays in the spool where everything is refused: then it is not the record that is wrong', async () => {
    const cp = vendor(() => true);
    const { spool, say, run, stop } = ship();
    for (let i = 1; i <= 5; i++) say(`event ${i}`);
    const running = run();
    await expect.poll(cp.refused).toBeGreaterThan(20);
    stop();
    await running;
    expect(spool.next()).toHaveLength(5);
  });
});
