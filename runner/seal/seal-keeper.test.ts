import { describe, expect, it } from 'vitest';
import {
  type Condition,
  type KnownPrincipal,
  digestOfSeal,
  generateKeyPair,
  installIdSchema,
  localSigner,
  openSeal,
  pinnedKeysVerifier,
} from '../../contract/index.ts';
import type { Census } from '../../seal/index.ts';
import { createStore } from '../store/index.ts';
import { createFakeKubernetes } from '../testing/index.ts';
import { createSealKeeper } from './seal-keeper.ts';

const hour = 3_600_000;
const own = '123456789012';
const stranger = '777777777777';
const keys = generateKeyPair();
const verifier = pinnedKeysVerifier([keys.publicKeyPem]);

type Place = Census['places'][number];
const iam = (change: Partial<Place> = {}): Place => ({
  ...{ name: 'iam', looked: 1, outside: [], services: [], notVisible: [], unreadable: [], notes: [] },
  ...change,
});
const outsider = {
  kind: 'aws',
  principal: stranger,
  where: `arn:aws:iam::${own}:role/door`,
  via: 'trust policy',
  conditions: [] as string[],
} as const;

/** An account in memory, a clock that goes on when it is told to, and a store that outlives the runner. */
function world() {
  const state = {
    now: Date.parse('2026-01-05T09:00:00Z'),
    ending: 'done' as 'under-way' | 'done' | 'reappeared',
    place: iam(),
    installRole: 'gone' as Census['installRole'],
    known: [] as KnownPrincipal[],
    fails: 0,
    censuses: 0,
  };
  const kubernetes = createFakeKubernetes();
  const events: string[] = [];
  const sleepers = new Set<{ until: number; wake: () => void }>();
  const start = () => {
    const stop = new AbortController();
    const told: (Condition | null)[] = [];
    const waiting: { check: () => boolean; resolve: () => void }[] = [];
    const look = (): void => {
      for (const one of waiting.splice(0)) (one.check() ? one.resolve : () => waiting.push(one))();
    };
    const keeper = createSealKeeper({
      install: installIdSchema.parse('acme'),
      takeCensus: () => {
        state.censuses += 1;
        if (state.fails-- > 0) return Promise.reject(new Error('AWS is away'));
        return Promise.resolve({
          account: own,
          regions: ['eu-central-1'],
          at: new Date(state.now),
          observer: `arn:aws:sts::${own}:assumed-role/runner/x`,
          installRole: state.installRole,
          people: { users: 0, withAccessKey: 0, withPassword: 0 },
          places: [state.place],
        });
      },
      signer: localSigner(keys.privateKeyPem),
      store: createStore({ kubernetes, namespace: 'landfall-system', epoch: () => 1 }),
      events: { event: ({ reason }) => events.push(reason), componentState: () => undefined, log: () => undefined },
      clock: {
        now: () => new Date(state.now),
        sleep: (ms, signal) =>
          new Promise((resolve, reject) => {
            const sleeper = { until: state.now + ms, wake: resolve };
            sleepers.add(sleeper);
            signal?.addEventListener('abort', () => {
              sleepers.delete(sleeper);
              reject(new Error('stopped'));
            });
            look();
          }),
      },
      backoff: () => 1000,
      everyMs: 24 * hour,
      known: () => state.known,
      ending: () => state.ending,
      onSealed: () => {
        told.push(keeper.condition());
        look();
      },
      onTrouble: () => undefined,
    });
    const running = keeper.run(stop.signal);
    const until = (check: () => boolean): Promise<void> =>
      new Promise((resolve) => {
        waiting.push({ check, resolve });
        look();
      });
    return {
      keeper,
      told,
      /** Resolves when so many censuses were made and the keeper sleeps again. */
      settled: (censuses: number) => until(() => state.censuses === censuses && sleepers.size > 0),
      until,
      stop: async () => {
        stop.abort();
        await running;
      },
    };
  };
  const pass = (ms: number): void => {
    state.now += ms;
    for (const sleeper of [...sleepers].filter(({ until }) => until <= state.now)) {
      sleepers.delete(sleeper);
      sleeper.wake();
    }
  };
  return { state, start, events, pass };
}

describe('the runner seals the account', () => {
  it('not before the end of the install role, at once after it, and then once a day', async () => {
    const { state, start, events, pass } = world();
    state.ending = 'under-way';
    const runner = start();
    runner.keeper.reconsider();
    pass(48 * hour);
    expect(state.censuses).toBe(0);
    state.ending = 'done';
    runner.keeper.reconsider();
    await runner.settled(1);
    expect(runner.keeper.condition()).toMatchObject({ type: 'Sealed', status: 'True', reason: 'Sealed' });
    pass(23 * hour);
    expect(state.censuses).toBe(1);
    pass(hour);
    await runner.settled(2);
    expect(events).toEqual(['Sealed']);
    await runner.stop();
  });

  it('with its own key, each seal naming the one before it', async () => {
    const { start, pass } = world();
    const runner = start();
    await runner.settled(1);
    const first = runner.keeper.newest();
    pass(24 * hour);
    await runner.settled(2);
    const second = runner.keeper.newest();
    if (first === null || second === null) throw new Error('no seal');
    expect(await openSeal(first, verifier)).toMatchObject({ verdict: 'sealed', previous: null });
    expect(await openSeal(second, verifier)).toMatchObject({ previous: digestOfSeal(first) });
    await runner.stop();
  });

  it('and raises an alarm when somebody can come in, once, and says when they no longer can', async () => {
    const { state, start, events, pass } = world();
    const runner = start();
    await runner.settled(1);
    state.place = iam({ outside: [outsider] });
    pass(24 * hour);
    await runner.settled(2);
    expect(runner.keeper.condition()).toMatchObject({ status: 'False', reason: 'OutsidePrincipals' });
    const since = runner.keeper.condition()?.lastTransitionTime;
    pass(24 * hour);
    await runner.settled(3);
    expect(runner.keeper.condition()?.lastTransitionTime).toBe(since);
    state.place = iam();
    pass(24 * hour);
    await runner.settled(4);
    expect(events).toEqual(['Sealed', 'OutsidePrincipalFound', 'OutsidePrincipals', 'OutsidePrincipalGone', 'Sealed']);
    await runner.stop();
  });

  it('again as soon as the role is there again, or the customer names whom he knows', async () => {
    const { state, start, events } = world();
    const runner = start();
    await runner.settled(1);
    Object.assign(state, { ending: 'reappeared', installRole: 'present', place: iam({ outside: [outsider] }) });
    runner.keeper.reconsider();
    await runner.settled(2);
    expect(events).toEqual(['Sealed', 'InstallRoleReappeared', 'OutsidePrincipalFound', 'OutsidePrincipals']);
    state.known = [{ principal: stranger }];
    Object.assign(state, { ending: 'done', installRole: 'gone' });
    runner.keeper.reconsider();
    await runner.settled(3);
    expect(runner.keeper.condition()).toMatchObject({
      status: 'True',
      message: expect.stringContaining('1 way in that the customer knows of is accepted'),
    });
    runner.keeper.reconsider();
    await runner.settled(3);
    await runner.stop();
  });

  it('and a place that goes out of sight is an alarm, and no seal', async () => {
    const { state, start, events, pass } = world();
    const runner = start();
    await runner.settled(1);
    state.place = iam({ notVisible: ['roles: AccessDenied'] });
    pass(24 * hour);
    await runner.settled(2);
    expect(runner.keeper.condition()).toMatchObject({ status: 'Unknown', reason: 'CensusIncomplete' });
    expect(events.slice(1)).toEqual(['PlaceNotVisible', 'CensusIncomplete']);
    await runner.stop();
  });

  it('goes on after a restart where it was, without a census that is not due', async () => {
    const { state, start, events, pass } = world();
    const first = start();
    await first.settled(1);
    await first.stop();
    pass(hour);
    state.ending = 'under-way'; // Its ending has not been looked at yet.
    const second = start();
    await second.settled(1);
    expect(second.keeper.newest()).toEqual(first.keeper.newest());
    state.ending = 'done';
    second.keeper.reconsider();
    await second.settled(1);
    pass(23 * hour);
    await second.settled(2);
    expect(events).toEqual(['Sealed']);
    await second.stop();
  });

  it('is not put off for as long as the clock of an earlier runner was ahead', async () => {
    const { start, pass } = world();
    pass(1000 * hour);
    const ahead = start();
    await ahead.settled(1);
    const first = ahead.keeper.newest();
    await ahead.stop();
    pass(-1000 * hour);
    const right = start();
    await expect.poll(() => right.keeper.newest()).not.toEqual(first);
    await right.stop();
  });

  it('and tries again when the census fails, saying meanwhile that nobody knows', async () => {
    const { state, start, pass } = world();
    state.fails = 1;
    const runner = start();
    await runner.settled(1);
    expect(runner.keeper.condition()).toMatchObject({ status: 'Unknown', reason: 'CensusFailed' });
    pass(1000);
    await runner.settled(2);
    expect(runner.keeper.condition()).toMatchObject({ status: 'True' });
    await runner.stop();
  });
});
