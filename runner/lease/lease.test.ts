import { describe, expect, it } from 'vitest';
import type { Clock } from '../../contract/index.ts';
import { createFakeKubernetes } from '../testing/index.ts';
import { type HeldLease, acquireLease } from './lease.ts';

/** Moves by hand; a sleeper is woken when its time has come. */
function manualClock(): Clock & { advance(ms: number): Promise<void> } {
  let now = Date.parse('2026-01-05T10:00:00.000Z');
  const sleepers = new Set<{ at: number; wake: () => void }>();
  return {
    now: () => new Date(now),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const stopped = (): void => {
          sleepers.delete(sleeper);
          reject(new Error('stopped'));
        };
        const wake = (): void => {
          signal?.removeEventListener('abort', stopped);
          resolve();
        };
        const sleeper = { at: now + ms, wake };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', stopped);
      }),
    advance: async (ms) => {
      for (let left = ms; left > 0; left -= 500) {
        now += Math.min(500, left);
        for (const sleeper of sleepers) {
          if (sleeper.at > now) continue;
          sleepers.delete(sleeper);
          sleeper.wake();
        }
        for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

function cluster() {
  const kubernetes = createFakeKubernetes();
  const clock = manualClock();
  let answers = true;
  const replace = kubernetes.replace.bind(kubernetes);
  const silent = {
    ...kubernetes,
    replace: (...[object, call]: Parameters<typeof replace>): ReturnType<typeof replace> =>
      answers
        ? replace(object, call)
        : new Promise((_, reject) => {
            call?.signal?.addEventListener('abort', () => reject(new Error('aborted')));
          }),
  };
  const acquire = (identity: string): Promise<HeldLease> =>
    acquireLease(
      {
        kubernetes: silent,
        clock,
        namespace: 'landfall-system',
        name: 'landfall-runner',
        identity,
        holderGone: () => Promise.resolve(null),
      },
      new AbortController().signal,
    );
  return {
    clock,
    acquire,
    /** The API server takes requests and answers none of them. */
    fallSilent: () => {
      answers = false;
    },
    speak: () => {
      answers = true;
    },
  };
}

describe('the lease', () => {
  it('holds as long as it is renewed', async () => {
    const { clock, acquire } = cluster();
    const lease = await acquire('process/a');
    await clock.advance(60_000);
    expect([lease.epoch, lease.signal.aborted]).toEqual([1, false]);
    await lease.release();
    expect((await acquire('process/b')).epoch).toBe(2);
  });

  it('is given up before another may take it, also when the API server leaves a renewal without an answer', async () => {
    const { clock, acquire, fallSilent, speak } = cluster();
    const lease = await acquire('process/a');
    await clock.advance(4_000);
    fallSilent();
    await clock.advance(8_000);
    expect(lease.signal.aborted).toBe(false);
    await clock.advance(3_000);
    expect(lease.signal.reason).toMatchObject({ code: 'LF-RUNNER-004' });
    await lease.release();
    speak();
    const next = acquire('process/b');
    await clock.advance(25_000);
    expect((await next).epoch).toBe(2);
  });
});
