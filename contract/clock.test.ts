import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { apartMs, type Clock, elapsedMs, sleepUntil, systemClock } from './clock.ts';

const dayMs = 24 * 3_600_000;

describe('the clock of the machine', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('sleeps for longer than a timer of Node.js takes, and not for a moment', async () => {
    let over = false;
    void systemClock.sleep(40 * dayMs).then(() => (over = true));
    await vi.advanceTimersByTimeAsync(39 * dayMs);
    expect(over).toBe(false);
    await vi.advanceTimersByTimeAsync(dayMs);
    expect(over).toBe(true);
  });

  it('measures what has passed, whatever is done to the time of day', () => {
    const before = elapsedMs(systemClock);
    vi.setSystemTime(new Date(Date.now() - dayMs));
    expect(elapsedMs(systemClock)).toBeGreaterThanOrEqual(before);
  });

  it('ends a sleep that is stopped, however long', async () => {
    const stop = new AbortController();
    const sleeping = systemClock.sleep(40 * dayMs, stop.signal);
    await Promise.resolve();
    stop.abort(new Error('enough'));
    await expect(sleeping).rejects.toThrow('enough');
  });
});

it('what was written down is as far from now as it is, before and after a clock was set back', () => {
  const now = new Date('2026-01-05T10:00:00.000Z');
  expect(apartMs('2026-01-05T09:00:00.000Z', now)).toBe(3_600_000);
  expect(apartMs('2026-01-05T11:00:00.000Z', now)).toBe(3_600_000);
  expect(apartMs('2036-01-05T10:00:00.000Z', now)).toBeGreaterThan(3650 * dayMs);
});

describe('a sleep until a time of day', () => {
  /** `after`: what is done to the time of day during each part of the sleep. */
  const settable = (after: number[]): { clock: Clock; slept: number[] } => {
    let at = Date.parse('2026-01-05T10:00:00.000Z');
    const slept: number[] = [];
    const sleep = async (ms: number): Promise<void> => {
      slept.push(ms);
      at += ms + (after.shift() ?? 0);
    };
    return { clock: { now: () => new Date(at), sleep }, slept };
  };
  const inThreeHours = new Date('2026-01-05T13:00:00.000Z');
  const total = (slept: number[]): number => slept.reduce((sum, each) => sum + each, 0);

  it('is as long as it is away', async () => {
    const { clock, slept } = settable([]);
    await sleepUntil(clock, inThreeHours);
    expect(total(slept)).toBe(3 * 3_600_000);
    expect(clock.now()).toEqual(inThreeHours);
  });

  it('is over within a minute when the clock is set forward beyond it', async () => {
    const { clock, slept } = settable([0, 5 * 3_600_000]);
    await sleepUntil(clock, inThreeHours);
    expect(total(slept)).toBe(2 * 60_000);
  });

  it('is no longer than it was away when the clock is set back', async () => {
    const { clock, slept } = settable([0, -5 * 3_600_000]);
    await sleepUntil(clock, inThreeHours);
    expect(total(slept)).toBe(3 * 3_600_000);
  });

  it('that has passed already is none, but lets others go first', async () => {
    const { clock, slept } = settable([]);
    await sleepUntil(clock, new Date(0));
    expect(slept).toEqual([0]);
  });
});
