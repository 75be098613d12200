// Over 300 lines: the tables share one small world, and read as one.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Entity, entityTypeSchema, type JsonObject } from '../../contract/index.ts';
import type { KubeObject } from '../kubernetes/index.ts';
import type { EffectKind, KillAt } from '../effects/index.ts';
import type { LastGood } from '../reconcile/memory/memory.ts';
import {
  connector,
  lastGoodWith,
  listOf,
  packed,
  startEntities,
  stream,
  types,
  undoingTypes,
} from '../testing/fake-entities.ts';
import { createFakeInstall, type FakeInstall } from '../testing/index.ts';

// oxlint-disable-next-line vitest/require-awaited-expect-poll -- awaited by whoever calls it
const until = <T>(look: () => T) => expect.poll(look, { interval: 5, timeout: 10_000 });
let install: FakeInstall;
let inForce: { now: LastGood | null };
const stops: AbortController[] = [];
beforeEach(() => {
  install = createFakeInstall();
  inForce = { now: lastGoodWith(types) };
});
afterEach(() => {
  for (const stop of stops.splice(0)) stop.abort();
  install.dispose();
});

const start = async (options: Parameters<typeof startEntities>[2] = {}) => {
  const runner = await startEntities(install, inForce, options);
  stops.push(runner.stop);
  return runner;
};
const namesOf = (kind: string): string[] =>
  install.kubernetes
    .all(kind)
    .filter(({ metadata }) => metadata.namespace === 'shop')
    .map(({ metadata }) => metadata.name)
    .sort();
const settings = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings-${entity.name}' } };
const jobArgs = (): string[] =>
  install.kubernetes.all('Job').map(({ spec }) => /"args":\[([^\]]*)\]/.exec(JSON.stringify(spec))?.[1] ?? '');
const records = (): string[] =>
  install.kubernetes
    .all('ConfigMap')
    .map(({ metadata }) => metadata.name)
    .filter((name) => name.startsWith('lf-entity-'))
    .sort();
const writesTo = (name: string): number =>
  install.kubernetes.calls.filter((call) => !['get', 'list', 'dry-run'].includes(call.verb) && call.name.includes(name))
    .length;
const source = (annotation: string | null, value = 'hidden', name = 'kafka'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name,
    namespace: 'customer',
    ...(annotation === null ? {} : { annotations: { 'landfall.dev/copy-to': annotation } }),
  },
  data: { password: Buffer.from(value).toString('base64') },
});
const putSource = (object: KubeObject) => install.kubernetes.create(object);
const copyOf = (name: string): string | undefined => {
  const data: unknown = install.kubernetes.find('Secret', name)?.['data'];
  return data === undefined ? undefined : Buffer.from(String(Object(data)['password']), 'base64').toString();
};

describe('an entity', () => {
  it('becomes its components one after the other, under names of its own, and is told as running', async () => {
    const runner = await start();
    runner.keeper.accept(listOf(stream('orders')));
    expect(runner.state('streams/orders')?.state).toBe('Unknown');
    await until(() => runner.state('streams/orders')?.state).toBe('Running');
    expect(namesOf('Deployment')).toEqual(['stream-orders']);
    expect(install.kubernetes.find('ConfigMap', 'stream-orders')?.['data']).toEqual({ topic: 'orders', level: 'info' });
    const labels = install.kubernetes.find('ConfigMap', 'stream-orders')?.metadata.labels;
    expect(labels?.['landfall.dev/component']).toBe('streams-orders-app');
    expect(jobArgs()).toEqual(['"create","orders"']);
    expect(runner.state('streams/orders')).toMatchObject({
      generation: 1,
      conditions: [{ type: 'Ready', status: 'True', reason: 'Running' }],
    });
  });

  it('that is changed is the only one that is touched', async () => {
    const runner = await start();
    runner.keeper.accept(listOf(stream('a'), stream('b')));
    await until(() => [runner.state('streams/a')?.state, runner.state('streams/b')?.state]).toEqual([
      'Running',
      'Running',
    ]);
    install.kubernetes.calls.length = 0;
    runner.keeper.accept(listOf(stream('a'), stream('b', { topic: 'other' }, 2)));
    await until(() => runner.state('streams/b')?.generation).toBe(2);
    await until(() => runner.state('streams/b')?.state).toBe('Running');
    expect(writesTo('streams-b') + writesTo('stream-b')).toBeGreaterThan(0);
    expect(writesTo('streams-a') + writesTo('stream-a')).toBe(0);
    expect(install.kubernetes.find('ConfigMap', 'stream-b')?.['data']).toMatchObject({ topic: 'other' });
  });

  it('has its job run again for a change there and back, and not for one that does not concern it', async () => {
    const runner = await start();
    for (const [generation, topic] of ['one', 'two', 'one', 'one'].entries()) {
      const ready: JsonObject = generation === 3 ? { ready: 'yes' } : {};
      runner.keeper.accept(listOf(stream('a', { topic, ...ready }, generation + 1)));
      await until(() => [runner.state('streams/a')?.generation, runner.state('streams/a')?.state]).toEqual([
        generation + 1,
        'Running',
      ]);
    }
    expect(jobArgs()).toEqual(['"create","one"', '"create","two"', '"create","one"']);
  });

  it('that is removed shuts down in the reverse order, runs its cleanup and is forgotten', async () => {
    const runner = await start();
    runner.keeper.accept(listOf(stream('orders')));
    await until(() => runner.state('streams/orders')?.state).toBe('Running');
    const order: string[] = [];
    install.kubernetes.before = ({ verb, kind, name }) => {
      const ours = !name.startsWith('lf-') && (verb === 'delete' || verb === 'create');
      if (ours) order.push(`${verb} ${kind}`);
    };
    runner.keeper.accept(listOf());
    await until(() => runner.keeper.states().size).toBe(0);
    expect(order).toEqual(['delete Deployment', 'delete ConfigMap', 'delete Job', 'create Job', 'delete Job']);
    expect([namesOf('Deployment'), namesOf('ConfigMap'), namesOf('Job'), records()]).toEqual([[], [], [], []]);
    expect(runner.events.some((event) => event.startsWith('EntityRemoved: streams/orders'))).toBe(true);
  });

  it('has what its job did undone by another, before what that job depends on goes', async () => {
    const [connectors, streams] = undoingTypes;
    if (connectors === undefined || streams === undefined) throw new Error('no types');
    const [topic, app] = streams.components;
    if (topic === undefined || app === undefined) throw new Error('no components');
    const config = { ...app, name: 'config', dependsOn: [], manifests: packed([settings]) };
    const components = [config, { ...topic, dependsOn: ['config'] }, app];
    inForce.now = lastGoodWith([connectors, entityTypeSchema.parse({ ...streams, components, cleanup: undefined })]);
    const runner = await start();
    runner.keeper.accept(listOf(stream('orders')));
    await until(() => runner.state('streams/orders')?.state).toBe('Running');
    const order: string[] = [];
    install.kubernetes.before = ({ verb, kind, name }) => {
      if (name.startsWith('lf-') || !['create', 'delete'].includes(verb)) return;
      order.push(kind === 'Job' ? `${verb} Job` : `${verb} ${kind} ${name}`);
    };
    runner.keeper.accept(listOf());
    await until(() => runner.keeper.states().size).toBe(0);
    expect(order).toEqual([
      'delete Deployment stream-orders',
      'delete ConfigMap stream-orders',
      'delete Job',
      'create Job',
      'delete Job',
      'delete ConfigMap settings-orders',
    ]);
    expect([namesOf('ConfigMap'), namesOf('Job'), records()]).toEqual([[], [], []]);
  });

  it('whose job cannot be undone keeps what that job depends on, and says so', async () => {
    inForce.now = lastGoodWith(undoingTypes);
    const runner = await start();
    runner.keeper.accept(listOf(stream('orders', { undone: 'fails' })));
    await until(() => runner.state('streams/orders')?.state).toBe('Running');
    runner.keeper.accept(listOf());
    await until(() => runner.state('streams/orders')?.state).toBe('Error');
    expect(jobArgs()).toEqual(['"undo","orders"']);
    expect(records()).toEqual(['lf-entity-streams-orders']);
    expect(runner.state('streams/orders')?.conditions.find(({ type }) => type === 'Stalled')?.status).toBe('True');
  });

  it('whose job never began has nothing undone', async () => {
    inForce.now = lastGoodWith(undoingTypes);
    install.policy.now = { ...install.policy.now, allowedKinds: ['manifests', 'secret'] };
    const runner = await start();
    runner.keeper.accept(listOf(stream('orders')));
    await until(() => runner.state('streams/orders')?.conditions[0]?.reason).toBe('KindNotAllowed');
    runner.keeper.accept(listOf());
    await until(() => runner.keeper.states().size).toBe(0);
    expect(install.kubernetes.calls.filter(({ kind }) => kind === 'Job')).toEqual([]);
  });

  it('stays in ShuttingDown until what it made is gone', async () => {
    const runner = await start();
    runner.keeper.accept(listOf(stream('orders')));
    await until(() => runner.state('streams/orders')?.state).toBe('Running');
    const held = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'stream-orders' };
    await install.kubernetes.patch(held, { metadata: { finalizers: ['customer/hold'] } });
    runner.keeper.accept(listOf(stream('next')));
    await until(() => runner.state('streams/next')?.state).toBe('Running');
    await until(() => runner.state('streams/orders')?.conditions[0]?.message).toContain(
      'Deployment shop/stream-orders is being deleted',
    );
    expect(runner.state('streams/orders')?.state).toBe('ShuttingDown');
    expect(namesOf('ConfigMap')).toContain('stream-orders');
    await install.kubernetes.patch(held, { metadata: { finalizers: null } });
    await until(() => [...runner.keeper.states().keys()]).toEqual(['streams/next']);
  });

  it('that somebody takes apart is put together again', async () => {
    const runner = await start();
    runner.keeper.accept(listOf(stream('orders')));
    await until(() => runner.state('streams/orders')?.state).toBe('Running');
    await install.kubernetes.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'stream-orders' });
    await until(() => namesOf('ConfigMap')).toEqual(['stream-orders']);
    expect(namesOf('Deployment')).toEqual(['stream-orders']);
  });

  it('follows the release in force: another definition, and components that it has no more', async () => {
    const runner = await start();
    runner.keeper.accept(listOf(stream('orders')));
    await until(() => runner.state('streams/orders')?.state).toBe('Running');
    install.kubernetes.calls.length = 0;
    inForce.now = lastGoodWith(types, '1.1.0');
    runner.keeper.wake();
    await until(() => runner.keeper.states().size).toBe(1);
    expect(writesTo('stream')).toBe(0);
    const without = types.map((type) => ({ ...type, components: type.components.slice(0, 1) }));
    inForce.now = lastGoodWith(without, '1.2.0');
    runner.keeper.wake();
    await until(() => namesOf('Deployment')).toEqual([]);
    expect(runner.state('streams/orders')?.state).toBe('Running');
  });
});

type Bad = {
  what: string;
  bad: Entity;
  state: string;
  reason: string;
  prepare?: () => Promise<unknown>;
  policy?: string[];
};
const unready: Bad[] = [
  { what: 'whose job fails', bad: stream('bad', { outcome: 'fails' }), state: 'Error', reason: 'ApplyFailed' },
  { what: 'whose job hangs', bad: stream('bad', { outcome: 'hangs' }), state: 'Provisioned', reason: 'Progressing' },
  {
    what: 'that never gets ready',
    bad: stream('bad', { ready: 'false' }),
    state: 'Provisioned',
    reason: 'Progressing',
  },
  { what: 'whose spec does not fit', bad: stream('bad', { nope: 1 }), state: 'Error', reason: 'SpecInvalid' },
  { what: 'of no type', bad: { ...stream('bad'), type: 'gateways' }, state: 'Error', reason: 'TypeUnknown' },
  {
    what: "whose object is somebody else's",
    bad: stream('bad'),
    state: 'Error',
    reason: 'ApplyFailed',
    prepare: () =>
      install.kubernetes.create({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'stream-bad', namespace: 'shop' },
      }),
  },
  {
    what: 'whose Secret is not there',
    bad: connector('bad', { namespace: 'customer', name: 'kafka' }),
    state: 'Error',
    reason: 'SecretMissing',
  },
  {
    what: 'whose Secret may not be copied',
    bad: connector('bad', { namespace: 'customer', name: 'kafka' }),
    state: 'Error',
    reason: 'CopyNotAllowed',
    prepare: () => putSource(source('elsewhere')),
  },
  {
    what: "that asks for the runner's own Secret",
    bad: connector('bad', { namespace: 'landfall-system', name: 'lf-runner-key' }),
    state: 'Error',
    reason: 'NamespaceReserved',
  },
];

describe('one bad entity', () => {
  it.each(unready)(
    '$what: is told as $state, $reason, and no other is held up',
    async ({ bad, state, reason, prepare }) => {
      await prepare?.();
      install.clock.hold();
      const runner = await start();
      const key = `${bad.type}/bad`;
      const others = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map((name) => stream(name));
      runner.keeper.accept(listOf(bad, ...others));
      await until(() => others.filter(({ name }) => runner.state(`streams/${name}`)?.state === 'Running').length).toBe(
        9,
      );
      await until(() => runner.state(key)?.state).toBe(state);
      expect(runner.state(key)?.conditions.find(({ type }) => type === 'Ready')?.reason).toBe(reason);
      runner.keeper.accept(listOf(bad, ...others.slice(0, 8), stream('i', { topic: 'changed' }, 2)));
      await until(() => runner.state('streams/i')?.generation).toBe(2);
      // Also the bad one can be removed.
      runner.keeper.accept(listOf(...others));
      install.clock.go();
      await until(() => runner.state(key)).toBeUndefined();
      install.clock.go();
    },
  );

  it('and a type that is gone leave what is there as it is', async () => {
    const runner = await start();
    runner.keeper.accept(listOf(stream('orders')));
    await until(() => runner.state('streams/orders')?.state).toBe('Running');
    inForce.now = lastGoodWith([], '2.0.0');
    runner.keeper.wake();
    await until(() => runner.state('streams/orders')?.state).toBe('Error');
    expect(namesOf('Deployment')).toEqual(['stream-orders']);
    // And it can be taken away without its type, by what is remembered.
    runner.keeper.accept(listOf());
    await until(() => runner.keeper.states().size).toBe(0);
    expect([namesOf('Deployment'), namesOf('Job'), records()]).toEqual([[], [], []]);
  });
});

describe('what keeps everything as it is', () => {
  it('a paused policy: nothing is changed, and it goes on afterwards', async () => {
    install.policy.now = { ...install.policy.now, paused: true };
    const runner = await start();
    runner.keeper.accept(listOf(stream('orders')));
    await until(() => runner.state('streams/orders')?.state).toBe('Unknown');
    expect(namesOf('Job')).toEqual([]);
    install.policy.now = { ...install.policy.now, paused: false };
    runner.keeper.reconsider();
    await until(() => runner.state('streams/orders')?.state).toBe('Running');
  });

  it("a kind that the customer's policy does not allow", async () => {
    install.policy.now = { ...install.policy.now, allowedKinds: ['helm', 'manifests'] };
    const runner = await start();
    runner.keeper.accept(listOf(stream('orders')));
    await until(() => runner.state('streams/orders')?.conditions[0]?.reason).toBe('KindNotAllowed');
    expect(namesOf('Job')).toEqual([]);
    install.policy.now = { ...install.policy.now, allowedKinds: ['job', 'manifests'] };
    runner.keeper.reconsider();
    await until(() => runner.state('streams/orders')?.state).toBe('Running');
  });

  it('no list at all: what an earlier runner knew is not taken away', async () => {
    const first = await start();
    first.keeper.accept(listOf(stream('orders')));
    await until(() => first.state('streams/orders')?.state).toBe('Running');
    first.stop.abort();
    await first.ended;
    await start();
    expect(namesOf('Deployment')).toEqual(['stream-orders']);
    expect(records()).toEqual(['lf-entity-streams-orders']);
  });
});

describe('a Secret that a connector copies', () => {
  const kafka = connector('kafka', { namespace: 'customer', name: 'kafka' });

  it('is copied where its owner allows it, follows its changes and goes when the owner says so', async () => {
    await putSource(source('other, shop'));
    const runner = await start();
    runner.keeper.accept(listOf(kafka));
    await until(() => runner.state('dataConnectors/kafka')?.state).toBe('Running');
    expect(copyOf('connector-kafka')).toBe('hidden');
    await install.kubernetes.replace(source('shop', 'rotated'));
    await until(() => copyOf('connector-kafka')).toBe('rotated');
    await install.kubernetes.replace(source(null, 'rotated'));
    await until(() => copyOf('connector-kafka')).toBeUndefined();
    expect(runner.state('dataConnectors/kafka')?.conditions[0]?.reason).toBe('CopyNotAllowed');
  });

  it('is in nothing that the runner tells, journals or remembers', async () => {
    await putSource(source('shop', 'canary-value'));
    const runner = await start();
    runner.keeper.accept(listOf(kafka));
    await until(() => runner.state('dataConnectors/kafka')?.state).toBe('Running');
    const told = [
      ...runner.events,
      JSON.stringify([...runner.keeper.states()]),
      JSON.stringify(runner.journal.entries()),
    ];
    const kept = install.kubernetes.all('ConfigMap').map((object) => JSON.stringify(object));
    const encoded = Buffer.from('canary-value').toString('base64');
    for (const text of [...told, ...kept]) {
      expect(text).not.toContain('canary-value');
      expect(text).not.toContain(encoded);
    }
  });

  it('of somebody who does not allow it is never copied; without that guard it would be', async () => {
    await putSource(source(null));
    const guarded = await start();
    guarded.keeper.accept(listOf(kafka));
    await until(() => guarded.state('dataConnectors/kafka')?.state).toBe('Error');
    expect(copyOf('connector-kafka')).toBeUndefined();
    guarded.stop.abort();
    await guarded.ended;
    const twin = await start({ guards: { consent: false } });
    twin.keeper.accept(listOf(kafka));
    await until(() => copyOf('connector-kafka')).toBe('hidden');
  });

  it("never takes another's place", async () => {
    await putSource(source('shop'));
    const theirs = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'connector-kafka', namespace: 'shop' },
      data: {},
    };
    await install.kubernetes.create(theirs);
    const runner = await start();
    runner.keeper.accept(listOf(kafka));
    await until(() => runner.state('dataConnectors/kafka')?.conditions[0]?.reason).toBe('SecretTaken');
    expect(install.kubernetes.find('Secret', 'connector-kafka')?.['data']).toEqual({});
  });

  it('and its connector are there before what depends on it, and go after it', async () => {
    await putSource(source('shop'));
    const order: string[] = [];
    install.kubernetes.before = ({ verb, kind, name }) => {
      if (!name.startsWith('lf-') && ['create', 'apply', 'delete'].includes(verb))
        order.push(`${verb} ${kind} ${name.slice(0, 14)}`);
    };
    const runner = await start();
    runner.keeper.accept(listOf(stream('orders'), kafka));
    await until(() => runner.state('streams/orders')?.state).toBe('Running');
    expect(order.indexOf('apply Secret connector-kafk')).toBeLessThan(order.indexOf('create Job streams-orders'));
    order.length = 0;
    runner.keeper.accept(listOf());
    await until(() => runner.keeper.states().size).toBe(0);
    expect(order.at(-1)).toBe('delete Secret connector-kafk');
  });
});

const killed: { kind: EffectKind; of: 'make' | 'remove' }[] = [
  { kind: 'entity-record', of: 'make' },
  { kind: 'entity-secret', of: 'make' },
  { kind: 'job-create', of: 'make' },
  { kind: 'job-expire', of: 'make' },
  { kind: 'manifests-apply', of: 'make' },
  { kind: 'namespace-create', of: 'make' },
  { kind: 'entity-record', of: 'remove' },
  { kind: 'entity-remove', of: 'remove' },
  { kind: 'manifests-prune', of: 'remove' },
  { kind: 'job-create', of: 'remove' },
];
const moments: KillAt['when'][] = ['before', 'during', 'after'];
const rows = killed.flatMap((row) => moments.map((when) => ({ ...row, when })));

describe('a runner killed at an effect', () => {
  it.each(rows)('$kind of $of, $when: the next one reaches the same end', async ({ kind, of, when }) => {
    await putSource(source('shop'));
    inForce.now = lastGoodWith(undoingTypes);
    const wanted = listOf(stream('orders'), connector('kafka', { namespace: 'customer', name: 'kafka' }));
    const isThere = (runner: Awaited<ReturnType<typeof start>>) => () =>
      ['streams/orders', 'dataConnectors/kafka'].map((key) => runner.state(key)?.state);
    if (of === 'remove') {
      const maker = await start();
      maker.keeper.accept(wanted);
      await until(isThere(maker)).toEqual(['Running', 'Running']);
      maker.stop.abort();
      await maker.ended;
    }
    const dying = await start({ killAt: { kind, when } });
    dying.keeper.accept(of === 'make' ? wanted : listOf());
    await until(() => dying.journal.entries().some((each) => each.kind === kind && each.state === 'started')).toBe(
      true,
    );
    const next = await start();
    expect(next.journal.entries().some((each) => each.kind === kind && each.state === 'interrupted')).toBe(true);
    if (of === 'make') {
      next.keeper.accept(wanted);
      await until(isThere(next)).toEqual(['Running', 'Running']);
      expect([namesOf('Deployment'), copyOf('connector-kafka')]).toEqual([['stream-orders'], 'hidden']);
      expect(jobArgs()).toEqual(['"create","orders"']);
    }
    next.keeper.accept(listOf());
    await until(() => records()).toEqual([]);
    await until(() => next.keeper.states().size).toBe(0);
    expect([namesOf('Deployment'), namesOf('ConfigMap'), namesOf('Job'), copyOf('connector-kafka')]).toEqual([
      [],
      [],
      [],
      undefined,
    ]);
  });
});

it('a spec cannot bring an expression in', async () => {
  const runner = await start();
  runner.keeper.accept(listOf(stream('orders', { topic: '${inputs.level}' })));
  await until(() => runner.state('streams/orders')?.state).toBe('Running');
  expect(install.kubernetes.find('ConfigMap', 'stream-orders')?.['data']).toMatchObject({ topic: '${inputs.level}' });
});
