import { describe, expect, it } from 'vitest';
import { type Clock, LandfallError } from '../../contract/index.ts';
import { createHostPatience, retryAfterDetail, withRetry } from './retry.ts';

/** Time moves only while somebody sleeps. */
function steppedClock(): Clock & { readonly slept: number[] } {
  let at = 0;
  const slept: number[] = [];
  return {
    slept,
    now: () => new Date(at),
    sleep: async (ms) => {
      slept.push(ms);
      at += ms;
    },
  };
}
const overloaded = (retryAfterMs?: number): LandfallError =>
  new LandfallError('LF-OCI-010', 'planned', {
    temporary: true,
    details: { status: 429, ...(retryAfterMs === undefined ? {} : { [retryAfterDetail]: retryAfterMs }) },
  });
const failing = async (): Promise<never> => {
  throw overloaded();
};

describe('calls to one host', () => {
  it('all wait when one of them is told to', async () => {
    const clock = steppedClock();
    const options = { clock, host: createHostPatience() };
    let told = false;
    // The one that was told sleeps itself; another that begins before the time is over waits for what is left of it.
    const sleeping: (() => void)[] = [];
    const held: Clock = { now: () => clock.now(), sleep: () => new Promise((resolve) => sleeping.push(resolve)) };
    const first = withRetry({ ...options, clock: held }, undefined, async () => {
      if (told) return 'first';
      told = true;
      throw overloaded(7000);
    });
    while (sleeping.length < 1) await Promise.resolve();
    const asked: string[] = [];
    const second = withRetry(options, undefined, async () => asked.push('second'));
    expect(asked).toEqual([]);
    await second;
    expect(clock.slept).toEqual([7000]);
    for (const wake of sleeping) wake();
    expect(await first).toBe('first');
  });

  it('are not repeated for ever when each of many fails, and begin again with the answers', async () => {
    const clock = steppedClock();
    const host = createHostPatience();
    let tries = 0;
    const call = () =>
      withRetry({ clock, host }, undefined, () => {
        tries++;
        return failing();
      }).catch(() => undefined);
    for (let n = 0; n < 1000; n++) await call();
    expect(tries).toBe(1000 + 100);
    for (let n = 0; n < 40; n++) await withRetry({ clock, host }, undefined, async () => 'an answer');
    tries = 0;
    await call();
    expect(tries).toBe(1 + 4);
  });

  it('without a shared host each has its own five attempts', async () => {
    const clock = steppedClock();
    let tries = 0;
    for (let n = 0; n < 1000; n++) {
      const call = withRetry({ clock }, undefined, () => {
        tries++;
        return failing();
      });
      await call.catch(() => undefined);
    }
    expect(tries).toBe(5000);
  });
});
