import { getEventListeners } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Clock, LandfallError, systemClock } from '../../contract/index.ts';
import { startToldApiServer, type ToldApiServer } from '../testing/told-api-server.ts';
import { createTransport, type Transport, type TransportOptions } from './transport.ts';

type Answer = (response: ServerResponse) => void;

let server: ToldApiServer;
let asked: string[];
let slept: number[];
let answers: Answer[];

const says =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(status, headers).end('{"message":"said"}');
const nothing: Answer = () => undefined;

beforeEach(async () => {
  [asked, slept, answers] = [[], [], []];
  server = await startToldApiServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    (answers.shift() ?? says(200))(response);
  });
});
afterEach(() => server.close());

/** Pauses are told and not made, but for the deadline itself. */
function open(more: Partial<TransportOptions> = {}): Transport {
  const clock: Clock = {
    now: () => new Date('2026-01-05T10:00:00.000Z'),
    sleep: (ms, signal) => {
      if (ms === more.callDeadlineMs) return systemClock.sleep(ms, signal);
      slept.push(ms);
      return ms === 30_000 ? new Promise(() => undefined) : Promise.resolve();
    },
  };
  const { connection, dispatcher } = server;
  return createTransport({ connection, dispatcher, clock, ...more });
}
const get = { method: 'GET', path: '/api/v1/pods' } as const;
const put = { method: 'PUT', path: '/api/v1/namespaces/shop/configmaps/a', body: {} } as const;

describe('an API server that is too busy', () => {
  it('is asked again when it said it should be, also for what changes something: it has begun nothing', async () => {
    answers = [says(429, { 'retry-after': '7' }), says(429, { 'retry-after': '2' })];
    expect((await open().call(put)).status).toBe(200);
    expect([slept, asked.length]).toEqual([[7000, 2000], 3]);
  });

  it('is never waited for longer than is bearable, and told when it goes on', async () => {
    answers = Array.from({ length: 9 }, () => says(429, { 'retry-after': '86400' }));
    const error: unknown = await open()
      .call(get)
      .catch((each: unknown) => each);
    expect(error).toMatchObject({ code: 'LF-RUNNER-001', temporary: true, details: { status: 429 } });
    expect([slept, asked.length]).toEqual([[10_000, 10_000, 10_000], 4]);
  });

  it('and comes up is asked again for what only reads; a write may have been begun', async () => {
    answers = [says(503)];
    await open().call(get);
    expect(asked).toHaveLength(2);
    answers = [says(503)];
    await expect(open().call(put)).rejects.toMatchObject({ temporary: true, details: { status: 503 } });
    expect(asked).toHaveLength(3);
  });
});

describe('a runner that may not write any more', () => {
  const lost = (): never => {
    throw new LandfallError('LF-RUNNER-004', 'the lease is lost');
  };

  it('sends no write, and still reads', async () => {
    const transport = open({ beforeWrite: lost });
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
      await expect(transport.call({ ...put, method })).rejects.toMatchObject({ code: 'LF-RUNNER-004' });
    }
    expect(asked).toEqual([]);
    expect((await transport.call(get)).status).toBe(200);
  });

  it('does not repeat a write that it began while it might', async () => {
    let held = true;
    answers = [
      (response) => {
        held = false;
        response.writeHead(429).end('{}');
      },
    ];
    const transport = open({ beforeWrite: () => (held ? undefined : lost()) });
    await expect(transport.call(put)).rejects.toMatchObject({ code: 'LF-RUNNER-004' });
    expect(asked).toHaveLength(1);
  });
});

describe('an API server that takes a request and says nothing', () => {
  it('is given up after the deadline, as something that passes', async () => {
    answers = [nothing];
    await expect(open({ callDeadlineMs: 300 }).call(get)).rejects.toMatchObject({
      code: 'LF-RUNNER-001',
      temporary: true,
    });
  });

  it('or does not end its answer: also', async () => {
    answers = [(response) => void response.writeHead(200).write('{')];
    await expect(open({ callDeadlineMs: 300 }).call(get)).rejects.toMatchObject({ code: 'LF-RUNNER-001' });
  });

  it('or does not open a watch: also; one that is open stays so', async () => {
    answers = [nothing];
    const transport = open({ callDeadlineMs: 300 });
    const stop = new AbortController().signal;
    await expect(transport.open('/watch', '*/*', stop)).rejects.toMatchObject({
      code: 'LF-RUNNER-001',
      temporary: true,
    });
    let late: ServerResponse | undefined;
    answers = [
      (response) => {
        late = response.writeHead(200);
        late.flushHeaders();
      },
    ];
    const body = await transport.open('/watch', '*/*', stop);
    setTimeout(() => late?.end('later'), 600);
    const chunks: string[] = [];
    for await (const chunk of body) chunks.push(String(chunk));
    expect(chunks.join('')).toBe('later');
  });
});

describe('a signal that lives longer than what is under it', () => {
  let long: AbortController;
  const listeners = (): number => getEventListeners(long.signal, 'abort').length;
  beforeEach(() => {
    long = new AbortController();
  });

  it.each<[string, Answer]>([
    ['is answered', says(200)],
    ['fails', says(500)],
  ])('is let go of by a call that %s', async (_, answer) => {
    let under = 0;
    answers = [
      (response) => {
        under = listeners();
        answer(response);
      },
    ];
    await open()
      .call({ ...get, signal: long.signal })
      .catch(() => undefined);
    expect([under, listeners()]).toEqual([1, 0]);
  });

  it('ends an open watch, and is let go of when it has ended', async () => {
    answers = [(response) => response.writeHead(200).flushHeaders(), says(200), says(500)];
    const transport = open();
    const body = await transport.open('/watch', '*/*', long.signal);
    expect(listeners()).toBe(1);
    await (await transport.open('/watch', '*/*', long.signal)).toArray();
    await expect(transport.open('/watch', '*/*', long.signal)).rejects.toMatchObject({ code: 'LF-RUNNER-001' });
    await expect.poll(listeners).toBe(1);
    long.abort(new Error('enough'));
    await expect(body.toArray()).rejects.toThrow('enough');
    await expect.poll(listeners).toBe(0);
  });
});
