import { getEventListeners, getMaxListeners } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { briefSignal, sharedSignal } from './shared-signal.ts';

afterEach(() => vi.restoreAllMocks());
const listen = (signal: AbortSignal, times: number): void => {
  for (let count = 0; count < times; count++) signal.addEventListener('abort', () => undefined);
};

describe('a signal that many parts share', () => {
  it('is aborted with any of those it is made from', () => {
    const [a, b] = [new AbortController(), new AbortController()];
    const shared = sharedSignal(a.signal, b.signal);
    expect(shared.aborted).toBe(false);
    b.abort(new Error('enough'));
    expect(shared.reason).toEqual(new Error('enough'));
  });

  it('bears as many listeners as there are parts, and tells of a leak all the same', () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const shared = sharedSignal(new AbortController().signal);
    listen(shared, 100);
    expect(warned).not.toHaveBeenCalled();
    listen(shared, getMaxListeners(shared));
    expect(warned.mock.calls.map(([warning]) => String(warning))).toEqual([
      expect.stringMatching(/^MaxListenersExceededWarning/),
    ]);
  });
});

describe('a signal for something brief', () => {
  it('is aborted with any of those it is made from, for the same reason', () => {
    const [a, b] = [new AbortController(), new AbortController()];
    const { signal } = briefSignal(a.signal, b.signal);
    expect(signal.aborted).toBe(false);
    b.abort(new Error('enough'));
    expect(signal.reason).toEqual(new Error('enough'));
    expect(briefSignal(a.signal, b.signal).signal.reason).toEqual(new Error('enough'));
  });

  it('leaves nothing in those that live on, and is not ended by them any more', () => {
    const long = new AbortController();
    const brief = Array.from({ length: 20 }, () => briefSignal(long.signal, AbortSignal.timeout(60_000)));
    expect(getEventListeners(long.signal, 'abort')).toHaveLength(20);
    for (const { release } of brief) release();
    expect(getEventListeners(long.signal, 'abort')).toEqual([]);
    long.abort();
    expect(brief.map(({ signal }) => signal.aborted)).not.toContain(true);
  });
});
