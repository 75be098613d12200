import { describe, expect, it } from 'vitest';
import type { Clock } from '../../contract/index.ts';
import { createStore } from '../store/index.ts';
import { createFakeKubernetes } from '../testing/index.ts';
import { holderGone, podIdentity } from './identity.ts';
import { type HeldLease, acquireLease } from './lease.ts';

/** Moves by hand; a sleeper is woken when its time has come. `set` is what somebody does to the time of day alone. */
function manualClock(): Clock & { advance(ms: number): Promise<void>; set(byMs: number): void } {
  let now = 0;
  let day = Date.parse('2026-01-05T10:00:00.000Z');
  const sleepers = new Set<{ at: number; wake: () => void }>();
  return {
    now: () => new Date(day + now),
    elapsed: () => now,
    set: (byMs) => {
      day += byMs;
    },
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

function cluster(gone: typeof holderGone = () => Promise.resolve(false)) {
  const kubernetes = createFakeKubernetes();
  const clock = manualClock();
  let answers = true;
  const renewals: { askMs: number; killMs: number }[] = [];
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
        holderGone: (holder) => gone(holder, identity),
        onRenewed: (left) => renewals.push(left),
      },
      new AbortController().signal,
    );
  return {
    kubernetes,
    clock,
    acquire,
    renewals,
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
    await clock.advance(80_000);
    expect((await next).epoch).toBe(2);
  });

  it('is taken from one that is there but frozen, only when its children have had their time to end', async () => {
    const { clock, acquire, fallSilent, speak } = cluster();
    await acquire('pod/frozen');
    fallSilent();
    await clock.advance(1_000);
    speak();
    fallSilent();
    let taken: HeldLease | null = null;
    void acquire('pod/next').then((lease) => (taken = lease));
    await clock.advance(70_000); // Ten seconds until they are asked, sixty to end.
    expect(taken).toBeNull();
    speak();
    await clock.advance(10_000);
    expect(taken).toMatchObject({ epoch: 2 });
  });

  it('tells the watchdog of the children with every renewal how long they may run', async () => {
    const { clock, acquire, renewals, fallSilent } = cluster();
    await acquire('process/a');
    await clock.advance(6_000);
    expect(renewals.length).toBeGreaterThan(2);
    expect(renewals.at(-1)).toEqual({ askMs: 10_000, killMs: 70_000 });
    const before = renewals.length;
    fallSilent();
    await clock.advance(6_000);
    expect(renewals).toHaveLength(before);
  });
});

describe('a holder whose Pod was deleted by force, on a node whose kubelet is dead', () => {
  const identity = (pod: string, boot = 'boot'): string =>
    podIdentity({ namespace: 'landfall-system', name: pod, uid: `uid of ${pod}` }, boot);

  /** The first one holds it; no Pod is in the cluster. */
  async function afterDeletion(gone = holderGone) {
    const world = cluster(gone);
    const lease = await world.acquire(identity('old'));
    const next = { epoch: 0 };
    const come = (as: string): void => void world.acquire(as).then(({ epoch }) => (next.epoch = epoch));
    return { ...world, lease, next, come };
  }

  it('keeps the lease as long as it renews it', async () => {
    const { clock, lease, next, come } = await afterDeletion();
    come(identity('new'));
    await clock.advance(200_000);
    expect([next.epoch, lease.signal.aborted]).toEqual([0, false]);
  });

  it('twin: loses it at once, at work, to whoever takes a missing Pod for the end of its containers', async () => {
    const { clock, lease, next, come } = await afterDeletion(() => Promise.resolve(true));
    come(identity('new'));
    expect(lease.signal.aborted).toBe(false);
    await clock.advance(3_000);
    expect([next.epoch, lease.signal.aborted]).toEqual([2, true]);
  });

  it('loses it when it has been silent until its watchdog has ended its children', async () => {
    const { clock, next, come, fallSilent, speak } = await afterDeletion();
    fallSilent();
    await clock.advance(1_000);
    come(identity('new'));
    await clock.advance(74_000);
    speak();
    expect(next.epoch).toBe(0);
    await clock.advance(4_000);
    expect(next.epoch).toBe(2);
  });

  it('gives way at once to the next container of its own Pod: that one can only start when it is dead', async () => {
    const { clock, next, come } = await afterDeletion();
    come(identity('old', 'next boot'));
    await clock.advance(500);
    expect(next.epoch).toBe(2);
  });
});

describe('a Lease that was deleted, or restored from before', () => {
  const ref = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'landfall-system' };
  const lost = { ...ref, name: 'landfall-runner' };

  /** A runner of the 30th epoch has written a document. */
  async function afterThirty() {
    const world = cluster();
    const { kubernetes, acquire } = world;
    for (let earlier = 1; earlier < 30; earlier++) await (await acquire(`process/${earlier}`)).release();
    const lease = await acquire('process/30');
    const write = async (epoch: number, revision: string | null) =>
      createStore({ kubernetes, namespace: 'landfall-system', epoch: () => epoch }).put('journal', {}, revision);
    return { ...world, lease, write, revision: await write(lease.epoch, null) };
  }

  it('goes on above the epoch of what its runners have written, which the next one can write', async () => {
    const { kubernetes, clock, acquire, lease, write, revision } = await afterThirty();
    expect(lease.epoch).toBe(30);
    await lease.release();
    await kubernetes.delete(lost);
    const next = acquire('process/next');
    await clock.advance(80_000);
    expect((await next).epoch).toBe(31);
    await write(31, revision);
    await expect(write(30, revision)).rejects.toMatchObject({ code: 'LF-RUNNER-003' });
  });

  it('goes on above it also where it came back with a lower one', async () => {
    const { kubernetes, acquire, lease } = await afterThirty();
    await lease.release();
    await kubernetes.patch(lost, { spec: { leaseTransitions: 4 } });
    expect((await acquire('process/next')).epoch).toBe(31);
  });

  it('is made anew only when the children of whoever held it have had their time to end', async () => {
    const { kubernetes, clock, acquire, lease } = await afterThirty();
    await kubernetes.delete(lost);
    let taken = 0;
    void acquire('process/next').then(({ epoch }) => (taken = epoch));
    await clock.advance(74_000);
    expect([taken, lease.signal.aborted]).toEqual([0, true]);
    await clock.advance(4_000);
    expect(taken).toBe(31);
  });

  it('is made anew by one of two that wait for it', async () => {
    const { kubernetes, clock, acquire, lease } = await afterThirty();
    await lease.release();
    await kubernetes.delete(lost);
    const epochs: number[] = [];
    for (const one of ['a', 'b']) void acquire(`process/${one}`).then(({ epoch }) => epochs.push(epoch));
    await clock.advance(90_000);
    expect(epochs).toEqual([31]);
  });
});

describe('a clock that somebody sets', () => {
  const hours = 5 * 3_600_000;

  it.each([hours, -hours])('by %d ms makes no holder lose its lease', async (step) => {
    const { clock, acquire } = cluster();
    const lease = await acquire('process/a');
    await clock.advance(3_000);
    clock.set(step);
    await clock.advance(30_000);
    expect(lease.signal.aborted).toBe(false);
    expect(() => lease.requireHeld()).not.toThrow();
  });

  it.each([hours, -hours])('by %d ms makes nobody take the lease of one who renews it', async (step) => {
    const { clock, acquire } = cluster();
    const lease = await acquire('process/a');
    let taken = false;
    void acquire('process/b').then(() => (taken = true));
    await clock.advance(3_000);
    clock.set(step);
    await clock.advance(30_000);
    expect([taken, lease.signal.aborted]).toEqual([false, false]);
  });

  it('back does not make a holder go on that cannot renew it', async () => {
    const { clock, acquire, fallSilent } = cluster();
    const lease = await acquire('process/a');
    fallSilent();
    clock.set(-hours);
    await clock.advance(12_500);
    expect(lease.signal.reason).toMatchObject({ code: 'LF-RUNNER-004' });
  });
});

describe('a holder that was frozen', () => {
  it('may write nothing from the moment it wakes up, before any timer has told it', async () => {
    const { clock, acquire } = cluster();
    const lease = await acquire('process/a');
    const elapsed = clock.elapsed?.bind(clock);
    clock.elapsed = () => (elapsed?.() ?? 0) + 60_000; // No sleeper was woken.
    expect(lease.signal.aborted).toBe(false);
    expect(() => lease.requireHeld()).toThrow('could not be renewed in time');
    expect(lease.signal.aborted).toBe(true);
  });
});
