import { describe, expect, it } from 'vitest';
import type { Clock } from '../contract/index.ts';
import { createLoop } from './loop.ts';
import type { AcceptedState, PassResult, PassSignals } from './ports.ts';
import { createFakeInstall, createFakeKubernetes } from './testing/index.ts';

/** A clock that stands still: whatever waits for it waits for ever. */
const frozen: Clock = {
  now: () => new Date('2026-01-05T10:00:00.000Z'),
  sleep: (_, signal) =>
    new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason), { once: true })),
};
const install = createFakeInstall();
const first = install.accept(null);
const second = install.accept(null);

function started(answer: (state: AcceptedState, signals: PassSignals) => Promise<PassResult>, clock: Clock = frozen) {
  const kubernetes = createFakeKubernetes();
  const passes: AcceptedState[] = [];
  const stop = new AbortController();
  const reconciler = {
    pass: (state: AcceptedState, signals: PassSignals) => {
      passes.push(state);
      return answer(state, signals);
    },
    status: () => {
      throw new Error('not asked');
    },
    lastGood: async () => null,
    restart: async () => undefined,
    wakeAt: () => null,
    hasLooked: () => true,
    watchTargets: () => [{ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop' }],
  };
  const loop = createLoop({ reconciler, kubernetes, clock });
  return { loop, kubernetes, passes, stop, running: loop.run(stop.signal) };
}
const done = async (): Promise<PassResult> => ({ kind: 'done' });

describe('the loop, with a clock that stands still', () => {
  it('makes a pass at once when a state is accepted', async () => {
    const { loop, passes, stop, running } = started(done);
    loop.accept(first);
    await expect.poll(() => passes.length).toBeGreaterThan(0);
    loop.accept(second);
    await expect.poll(() => passes.at(-1)).toBe(second);
    stop.abort();
    await running;
  });

  it('makes a pass when something it watches changes, and none when nothing does', async () => {
    const { loop, kubernetes, passes, stop, running } = started(done);
    loop.accept(first);
    await expect.poll(() => passes.length).toBe(2); // The second: what is there when the watch begins.
    await new Promise((resolve) => setImmediate(resolve));
    expect(passes.length).toBe(2);
    await kubernetes.create({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'x', namespace: 'shop' } });
    await expect.poll(() => passes.length).toBe(3);
    stop.abort();
    await running;
  });

  it('ends the waits of a pass when a newer state or policy is there', async () => {
    const { loop, passes, stop, running } = started((state, { superseded }) =>
      state === second
        ? done()
        : new Promise((resolve) => superseded.addEventListener('abort', () => resolve({ kind: 'superseded' }))),
    );
    loop.accept(first);
    await expect.poll(() => passes.length).toBe(1);
    loop.reconsider();
    await expect.poll(() => passes).toEqual([first, first]);
    loop.accept(second);
    await expect.poll(() => passes.at(-1)).toBe(second);
    stop.abort();
    await running;
  });

  it('sleeps exactly until the time a pass has named', async () => {
    const asked: number[] = [];
    const clock: Clock = { now: () => frozen.now(), sleep: async (ms) => void asked.push(ms) };
    let passes = 0;
    const { loop, stop, running } = started(
      async () =>
        ++passes === 1
          ? { kind: 'waiting', reason: 'r', message: 'm', until: new Date('2026-01-05T10:00:07.000Z') }
          : { kind: 'done' },
      clock,
    );
    loop.accept(first);
    await expect.poll(() => passes).toBeGreaterThan(1);
    expect(asked).toEqual([7000]);
    stop.abort();
    await running;
  });

  it('fails when the lease is lost, so that nothing goes on unfenced', async () => {
    const { loop, running } = started(() => Promise.reject(new Error('the lease is lost')));
    loop.accept(first);
    await expect(running).rejects.toThrow('the lease is lost');
  });
});
