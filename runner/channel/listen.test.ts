import { MockAgent } from 'undici';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Clock } from '../../contract/index.ts';
import { listen } from './listen.ts';

/** `requests`: what the list of requests holds, as far as this is concerned. */
type Answer = { status: 200 | 304 | 502; etag?: string; requests?: number; tookMs: number };
type ControlPlane = (n: number, held: boolean) => Answer;

const headersSchema = z.object({ prefer: z.string().optional() });
const bodyOf = ({ requests = 0 }: Answer): string => {
  const list = { payloadType: 'x', payload: btoa(String(requests)), signatures: [{ keyid: 'k', sig: 'eA==' }] };
  return JSON.stringify({ desiredState: null, requests: list });
};

/** Listens for so long to what a control plane says to the n-th request. */
async function listened(minutes: number, controlPlane: ControlPlane) {
  const stop = new AbortController();
  let elapsed = 0;
  const pass = (ms: number): void => {
    elapsed += ms;
    if (elapsed >= minutes * 60_000) stop.abort(new Error('the time is over'));
  };
  const seen = { requests: 0, answers: 0, slept: 0, told: Array.of<string>() };
  const clock: Clock = {
    now: () => new Date('2026-01-06T00:00:00.000Z'),
    elapsed: () => elapsed,
    sleep: async (ms) => {
      seen.slept += ms;
      pass(ms);
    },
  };
  const dispatcher = new MockAgent();
  dispatcher
    .get('https://cp.test')
    .intercept({ path: '/v1/installs/acme/desired-state' })
    .reply(({ headers }) => {
      const answer = controlPlane(++seen.requests, headersSchema.parse(headers).prefer !== undefined);
      pass(answer.tookMs);
      const responseOptions = { headers: answer.etag === undefined ? {} : { etag: answer.etag } };
      return { statusCode: answer.status, data: answer.status === 200 ? bodyOf(answer) : '', responseOptions };
    })
    .persist();
  await listen(
    {
      ...{ install: 'acme', controlPlaneUrl: 'https://cp.test', dispatcher, clock },
      authorize: () => Promise.resolve('x'),
      backoff: (failures) => Math.min(300_000, 500 * 2 ** failures),
      onAnswer: () => void seen.answers++,
      onContact: (error) => (error === null ? undefined : seen.told.push(error.code)),
    },
    stop.signal,
  );
  await dispatcher.close();
  return seen;
}

describe('a control plane that is listened to', () => {
  it('is asked again at once when it holds requests, also by a burst of news', async () => {
    const { requests, ...seen } = await listened(60, (n, held) => {
      if (n <= 15) return { status: 200, etag: `"${n}"`, requests: n, tookMs: 3 };
      return { status: 304, tookMs: held ? 55_000 : 3 };
    });
    expect(seen).toEqual({ slept: 0, told: [], answers: 15 });
    expect(requests).toBeLessThan(85);
  });

  it.each<[string, ControlPlane]>([
    ['says at once that there is nothing new', (n) => ({ status: n === 1 ? 200 : 304, etag: '"1"', tookMs: 3 })],
    ['says so from the first request on', () => ({ status: 304, tookMs: 3 })],
    ['gives the same with another ETag each time', (n) => ({ status: 200, etag: `"${n}"`, tookMs: 3 })],
    ['gives the same with the same ETag', () => ({ status: 200, etag: 'W/"1"', tookMs: 3 })],
  ])('is asked once a minute when it %s, which is told once', async (_name, controlPlane) => {
    const { requests, told } = await listened(60, controlPlane);
    expect(requests).toBeGreaterThan(60);
    expect(requests).toBeLessThan(85);
    expect(told).toEqual(['LF-RUNNER-072']);
  });

  it('is asked once a second when it has something new every time, which is told once', async () => {
    const { requests, told } = await listened(10, (n) => ({ status: 200, etag: `"${n}"`, requests: n, tookMs: 3 }));
    expect(requests).toBeGreaterThan(590);
    expect(requests).toBeLessThan(630);
    expect(told).toEqual(['LF-RUNNER-072']);
  });

  it('is asked once a second when it answers all but held requests', async () => {
    const { requests } = await listened(10, (n, held) =>
      held && n > 1 ? { status: 502, tookMs: 3 } : { status: 200, etag: '"1"', tookMs: 3 },
    );
    expect(requests).toBeLessThan(630);
  });

  it('is told about again when it held requests in between, and not for a single one that it let go', async () => {
    const nothing = (tookMs: number): Answer => ({ status: 304, tookMs });
    expect((await listened(60, (n) => nothing(n === 10 ? 3 : 55_000))).told).toEqual([]);
    expect((await listened(60, (n) => nothing(n % 10 < 5 ? 3 : 55_000))).told.length).toBeGreaterThan(1);
  });
});
