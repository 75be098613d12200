import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Entity, type JsonObject, runnerPolicySchema } from '../../contract/index.ts';
import type { LastGood } from '../reconcile/memory/memory.ts';
import { lastGoodWith, listOf, startEntities, stream, types } from '../testing/fake-entities.ts';
import { createFakeInstall, type FakeInstall } from '../testing/index.ts';

// oxlint-disable-next-line vitest/require-awaited-expect-poll -- awaited by whoever calls it
const until = <T>(look: () => T) => expect.poll(look, { interval: 5, timeout: 10_000 });
let install: FakeInstall;
let inForce: { now: LastGood | null };
let runner: Awaited<ReturnType<typeof startEntities>>;
beforeEach(async () => {
  install = createFakeInstall();
  install.clock.set('2026-01-05T12:00:00.000Z');
  inForce = { now: lastGoodWith(types) };
  runner = await startEntities(install, inForce);
});
afterEach(() => {
  runner.stop.abort();
  install.dispose();
});

const limit = (policy: JsonObject): void => {
  install.policy.now = runnerPolicySchema.parse(policy);
  runner.keeper.reconsider();
};
const want = (...entities: Entity[]): void => runner.keeper.accept(listOf(...entities));
/** `Running 1, Suspended True Paused`: the state, the generation that it is of, and what else is said. */
const told = (name = 'orders'): string => {
  const state = runner.state(`streams/${name}`);
  if (state === undefined) return 'gone';
  const others = state.conditions.filter(({ type, status }) => type !== 'Ready' && status === 'True');
  return [`${state.state} ${state.generation}`, ...others.map(({ type, reason }) => `${type} ${reason}`)].join(', ');
};
const topicOf = (): unknown => Object(install.kubernetes.find('ConfigMap', 'stream-orders')?.['data'])['topic'];
const running = async (...entities: Entity[]): Promise<void> => {
  want(...entities);
  for (const { name, generation } of entities) await until(() => told(name)).toBe(`Running ${generation}`);
};
const takeApart = () =>
  install.kubernetes.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'stream-orders' });
const tuesday = [{ days: ['Tue'], start: '02:00', end: '04:00', timeZone: 'UTC' }];
const freezes = [{ from: '2026-01-01', to: '2026-01-05', timeZone: 'UTC', reason: 'end of year' }];

type Row = { what: string; policy: JsonObject; held: string; fresh: string; opens: string | null };
const waiting: Row[] = [
  {
    what: 'outside of the windows',
    policy: { windows: tuesday },
    held: 'Suspended MaintenanceWindow',
    fresh: 'Unknown 0',
    opens: '2026-01-06T02:00:00.000Z',
  },
  {
    what: 'in a freeze',
    policy: { freezes },
    held: 'Suspended Freeze',
    fresh: 'Unknown 0',
    opens: '2026-01-06T00:00:00.000Z',
  },
  {
    what: 'under a paused policy',
    policy: { paused: true },
    held: 'Suspended Paused',
    fresh: 'Unknown 0',
    opens: null,
  },
];

describe("the customer's policy", () => {
  describe.each(waiting)('$what', ({ policy, held, fresh, opens }) => {
    const goOn = (): void => {
      if (opens !== null) install.clock.set(opens);
      limit(opens === null ? {} : policy);
    };

    it('a new entity waits, says so, and goes on afterwards', async () => {
      install.clock.hold();
      limit(policy);
      want(stream('orders'));
      await until(() => told()).toBe(`${fresh}, ${held}`);
      expect(install.kubernetes.all('Job')).toEqual([]);
      goOn();
      install.clock.go();
      await until(() => told()).toBe('Running 1');
    });

    it('a changed one stays as it was, says so, and is changed afterwards', async () => {
      await running(stream('orders'));
      install.clock.hold();
      limit(policy);
      want(stream('orders', { topic: 'other' }, 2));
      await until(() => told()).toBe(`Running 1, ${held}`);
      expect(topicOf()).toBe('orders');
      goOn();
      install.clock.go();
      await until(() => told()).toBe('Running 2');
      expect(topicOf()).toBe('other');
    });

    it('one that is not wanted any more stays, and goes afterwards', async () => {
      await running(stream('orders'));
      install.clock.hold();
      limit(policy);
      want();
      await until(() => told()).toBe(`Running 1, ${held}`);
      expect(topicOf()).toBe('orders');
      goOn();
      install.clock.go();
      await until(() => told()).toBe('gone');
      expect(topicOf()).toBeUndefined();
    });
  });

  it('outside of the windows keeps what runs, also while it waits for a change, and lets it follow a release', async () => {
    await running(stream('orders'));
    install.clock.hold();
    limit({ windows: tuesday });
    await takeApart();
    await until(topicOf).toBe('orders');
    want(stream('orders', { topic: 'other' }, 2));
    await until(() => told()).toBe('Running 1, Suspended MaintenanceWindow');
    await takeApart();
    await until(topicOf).toBe('orders');
    want(stream('orders'));
    await until(() => told()).toBe('Running 1');
    inForce.now = lastGoodWith(types, '1.1.0', { level: 'debug' });
    runner.keeper.wake();
    await until(() => Object(install.kubernetes.find('ConfigMap', 'stream-orders')?.['data'])['level']).toBe('debug');
    expect(topicOf()).toBe('orders');
    install.clock.go();
  });

  it('waits for the window as it is after the clock was ten years ahead for a moment', async () => {
    runner.stop.abort();
    let passed = 0;
    const { clock } = install;
    const sleep: typeof clock.sleep = async (ms, signal) => {
      await clock.sleep(ms, signal);
      passed += ms;
    };
    runner = await startEntities({ ...install, clock: { ...clock, sleep, elapsed: () => passed } }, inForce);
    clock.hold();
    // A Monday, too.
    clock.set('2036-01-07T12:00:00.000Z');
    limit({ windows: tuesday });
    want(stream('orders'));
    await until(() => told()).toBe('Unknown 0, Suspended MaintenanceWindow');
    clock.set('2026-01-05T12:00:00.000Z');
    clock.go();
    await until(() => told()).toBe('Running 1');
    expect(clock.now().getTime()).toBeLessThan(Date.parse('2026-01-07T00:00:00.000Z'));
  });

  it('finishes in its time what was begun within a window', async () => {
    await running(stream('orders'));
    await install.kubernetes.patch(
      { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'stream-orders' },
      { metadata: { finalizers: ['customer/hold'] } },
    );
    want();
    await until(() => runner.state('streams/orders')?.state).toBe('ShuttingDown');
    install.clock.hold();
    limit({ windows: tuesday });
    await install.kubernetes.patch(
      { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'stream-orders' },
      { metadata: { finalizers: null } },
    );
    await until(() => told()).toBe('gone');
    expect(install.kubernetes.all('Deployment')).toEqual([]);
    install.clock.go();
  });

  const always = {
    days: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'],
    start: '00:00',
    end: '00:00',
    timeZone: 'UTC',
  };
  it.each([
    ['for entities alone', { ...always, kinds: ['entity'] }],
    ['for their type alone', { ...always, components: ['streams'] }],
  ])('lets entities be changed at any time by a window %s', async (_what, window) => {
    limit({ windows: [...tuesday, window] });
    await running(stream('orders'));
    expect(topicOf()).toBe('orders');
  });

  const refused: { what: string; policy: JsonObject; reason: string; change: 'make' | 'change' | 'remove' }[] = [
    { what: 'a kind', policy: { allowedKinds: ['helm', 'manifests'] }, reason: 'KindNotAllowed', change: 'make' },
    { what: 'a namespace', policy: { allowedNamespaces: ['other-*'] }, reason: 'NamespaceNotAllowed', change: 'make' },
    { what: 'to install', policy: { allowedVerbs: ['upgrade'] }, reason: 'VerbNotAllowed', change: 'make' },
    { what: 'to upgrade', policy: { allowedVerbs: ['install'] }, reason: 'VerbNotAllowed', change: 'change' },
    { what: 'to uninstall', policy: { allowedVerbs: ['install'] }, reason: 'VerbNotAllowed', change: 'remove' },
    {
      what: 'any window for it',
      policy: { windows: [{ ...tuesday[0], kinds: ['helm'] }] },
      reason: 'NoWindow',
      change: 'make',
    },
  ];
  it.each(refused)(
    'that does not allow $what refuses to $change one, with $reason, until it does',
    async ({ policy, reason, change }) => {
      if (change !== 'make') await running(stream('orders'));
      limit(policy);
      const before = topicOf();
      if (change === 'remove') want();
      else want(stream('orders', { topic: 'new' }, change === 'make' ? 1 : 2));
      await until(() => runner.state('streams/orders')?.conditions.find(({ type }) => type === 'Ready')?.reason).toBe(
        reason,
      );
      expect([runner.state('streams/orders')?.state, topicOf()]).toEqual(['Error', before]);
      limit({});
      await until(() => told()).toBe(change === 'remove' ? 'gone' : `Running ${change === 'make' ? 1 : 2}`);
    },
  );

  it('that is narrowed later leaves what runs, and keeps it', async () => {
    await running(stream('orders'));
    limit({ allowedKinds: ['helm'], allowedNamespaces: ['other'], allowedVerbs: [] });
    await takeApart();
    await until(topicOf).toBe('orders');
    expect(told()).toBe('Running 1');
  });

  it('with maxDisruption changes so many at a time, each until it runs; new ones do not wait', async () => {
    const names = ['a', 'b', 'c'];
    await running(...names.map((name) => stream(name)));
    install.clock.hold();
    limit({ maxDisruption: 1 });
    const changed = (ready: string, generation: number) => names.map((name) => stream(name, { ready }, generation));
    want(...changed('false', 2), stream('d'));
    await until(() => told('d')).toBe('Running 1');
    await until(() => names.filter((name) => told(name).startsWith('Provisioned 2'))).toHaveLength(1);
    expect(names.filter((name) => told(name) === 'Running 1')).toHaveLength(2);
    // One that never gets ready is not waited for without end.
    install.clock.set('2026-01-05T12:06:00.000Z');
    runner.keeper.wake();
    await until(() => names.filter((name) => told(name).startsWith('Provisioned 2'))).toHaveLength(2);
    want(...changed('true', 3), stream('d'));
    await until(() => names.map((name) => told(name))).toEqual(names.map(() => 'Running 3'));
    install.clock.go();
  });
});
