import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EffectKind, KillAt } from '../effects/index.ts';
import type { LastGood } from '../reconcile/memory/memory.ts';
import { createFakeAccounts, type FakeAccounts } from '../testing/fake-accounts.ts';
import {
  connector,
  lastGoodWith,
  listOf,
  startEntities,
  stream,
  types,
  undoingTypes,
} from '../testing/fake-entities.ts';
import { createFakeInstall, type FakeInstall } from '../testing/index.ts';

// oxlint-disable-next-line vitest/require-awaited-expect-poll -- awaited by whoever calls it
const until = <T>(look: () => T) => expect.poll(look, { interval: 5, timeout: 10_000 });
let install: FakeInstall;
let accounts: FakeAccounts;
let inForce: { now: LastGood | null };
const stops: AbortController[] = [];
beforeEach(() => {
  install = createFakeInstall();
  accounts = createFakeAccounts(install.kubernetes, install.helm);
  inForce = { now: lastGoodWith(types) };
});
afterEach(() => {
  for (const stop of stops.splice(0)) stop.abort();
  install.dispose();
});

const start = async (killAt?: KillAt) => {
  const runner = await startEntities(install, inForce, { accounts, ...(killAt === undefined ? {} : { killAt }) });
  stops.push(runner.stop);
  return runner;
};
const names = (kind: string): string[] =>
  install.kubernetes
    .all(kind)
    .map(({ metadata }) => `${metadata.namespace} ${metadata.name}`)
    .sort();
const allow = () =>
  install.kubernetes.create({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'kafka', namespace: 'customer', annotations: { 'landfall.dev/copy-to': 'shop' } },
    data: { password: 'eA==' },
  });
const kafka = connector('kafka', { namespace: 'customer', name: 'kafka' });

describe('entities', () => {
  it('are made and taken away as the account of their type, one for all of them, and it goes with the last', async () => {
    await allow();
    inForce.now = lastGoodWith(undoingTypes);
    const runner = await start();
    const many = Array.from({ length: 12 }, (_, i) => stream(`s${i}`));
    runner.keeper.accept(listOf(...many, kafka));
    const running = () => [...runner.keeper.states().values()].filter(({ state }) => state === 'Running').length;
    await until(running).toBe(13);
    expect(names('ServiceAccount')).toEqual([
      'landfall-system-components dataconnectors-entities',
      'landfall-system-components streams-entities',
    ]);
    expect(names('RoleBinding')).toEqual([
      'shop landfall-component-dataconnectors-entities',
      'shop landfall-component-streams-entities',
    ]);
    runner.keeper.accept(listOf(stream('s3')));
    await until(() => [...runner.keeper.states().keys()]).toEqual(['streams/s3']);
    expect(names('ServiceAccount')).toEqual(['landfall-system-components streams-entities']);
    runner.keeper.accept(listOf());
    await until(() => runner.keeper.states().size).toBe(0);
    expect([names('ServiceAccount'), names('RoleBinding')]).toEqual([[], []]);
    const made = accounts.changes.filter((change) => /Deployment|ConfigMap stream|Job|Secret connector/.test(change));
    expect(made.length).toBeGreaterThan(40);
    expect(made.filter((change) => !/^(?:streams|dataconnectors)-entities /.test(change))).toEqual([]);
    const direct = install.kubernetes.calls.filter(({ verb, kind }) => verb === 'delete' && kind === 'Deployment');
    expect(made.filter((change) => change.includes('delete Deployment'))).toHaveLength(direct.length);
  });

  it('of a type that is gone are taken away as its account, too', async () => {
    const runner = await start();
    runner.keeper.accept(listOf(stream('orders')));
    await until(() => runner.state('streams/orders')?.state).toBe('Running');
    inForce.now = lastGoodWith([], '2.0.0');
    runner.keeper.accept(listOf());
    await until(() => runner.keeper.states().size).toBe(0);
    expect([names('ServiceAccount'), names('RoleBinding')]).toEqual([[], []]);
  });

  const killed: { kind: EffectKind; of: 'make' | 'remove' }[] = [
    { kind: 'account-grant', of: 'make' },
    { kind: 'account-revoke', of: 'remove' },
  ];
  const rows = killed.flatMap((row) => (['before', 'during', 'after'] as const).map((when) => ({ ...row, when })));
  it.each(rows)('a runner killed at $kind, $when: the next one reaches the same end', async ({ kind, of, when }) => {
    if (of === 'remove') {
      const maker = await start();
      maker.keeper.accept(listOf(stream('orders')));
      await until(() => maker.state('streams/orders')?.state).toBe('Running');
      maker.stop.abort();
      await maker.ended;
    }
    const dying = await start({ kind, when });
    dying.keeper.accept(of === 'make' ? listOf(stream('orders')) : listOf());
    await until(() => dying.journal.entries().some((each) => each.kind === kind && each.state === 'started')).toBe(
      true,
    );
    const next = await start();
    if (of === 'make') {
      next.keeper.accept(listOf(stream('orders')));
      await until(() => next.state('streams/orders')?.state).toBe('Running');
      expect(names('ServiceAccount')).toEqual(['landfall-system-components streams-entities']);
    }
    next.keeper.accept(listOf());
    await until(() => names('ServiceAccount')).toEqual([]);
    await until(() => next.keeper.states().size).toBe(0);
    expect(names('RoleBinding')).toEqual([]);
  });
});
