import { beforeEach, describe, expect, it } from 'vitest';
import {
  canonicalJson,
  type EntityList,
  generateKeyPair,
  type JsonObject,
  LandfallError,
  localSigner,
  payloadTypes,
  pinnedKeysVerifier,
} from '../../contract/index.ts';
import type { Guards } from '../channel/index.ts';
import type { Effects } from '../ports.ts';
import { createStore } from '../store/index.ts';
import { createAutoClock } from '../testing/auto-clock.ts';
import { connector, listOf, stream } from '../testing/fake-entities.ts';
import { createFakeKubernetes, type FakeKubernetes } from '../testing/fake-kubernetes.ts';
import { createEntityLists } from './list.ts';

const key = generateKeyPair();
const stranger = generateKeyPair();
const never = new AbortController().signal;
const directly: Effects = { run: (_kind, _about, fn) => fn({ signal: never, onSpawn: () => Promise.resolve() }) };
const signed = (list: EntityList, changes: JsonObject = {}, by = key) =>
  localSigner(by.privateKeyPem).sign(payloadTypes.entities, Buffer.from(canonicalJson({ ...list, ...changes })));

let kubernetes: FakeKubernetes;
beforeEach(() => {
  kubernetes = createFakeKubernetes();
});
function lists(guards: Guards = {}) {
  const accepted: string[] = [];
  const refused: string[] = [];
  const made = createEntityLists({
    ...{ install: 'acme', verifier: pinnedKeysVerifier([key.publicKeyPem]), effects: directly, guards },
    store: createStore({ kubernetes, namespace: 'landfall-system', epoch: () => 1 }),
    clock: createAutoClock('2026-01-06T00:00:00.000Z'),
    backoff: () => 1,
    onAccepted: ({ entities }) => void accepted.push(entities.map(({ name }) => name).join()),
    onWaiting: () => undefined,
    onRefused: (error) => void refused.push(error instanceof LandfallError ? error.code : String(error)),
    signal: never,
  });
  return { ...made, accepted, refused };
}

describe('a list of entities', () => {
  it('is put in force when it is newer, and is there again after a restart, also when it has expired since', async () => {
    const first = lists();
    first.receive(await signed(listOf(stream('a'))));
    first.receive(await signed(listOf(stream('a'), connector('b', {}))));
    await first.settled();
    expect([first.accepted, first.refused]).toEqual([['a', 'a,b'], []]);
    const next = lists();
    await next.start();
    expect(next.accepted).toEqual(['a,b']);
    expect(next.sequence()).toBe(first.sequence());
  });

  const older = listOf(stream('old'));
  const newer = listOf(stream('new'));
  const attacks: { what: string; code: string; guard: Guards; envelope: () => ReturnType<typeof signed> }[] = [
    {
      what: 'of a stranger',
      code: 'LF-CONTRACT-006',
      guard: { signature: false },
      envelope: () => signed(listOf(stream('x')), {}, stranger),
    },
    {
      what: 'of another install',
      code: 'LF-RUNNER-051',
      guard: { install: false },
      envelope: () => signed(listOf(stream('x')), { install: 'other' }),
    },
    { what: 'that is older', code: 'LF-RUNNER-052', guard: { sequence: false }, envelope: () => signed(older) },
    {
      what: 'that has expired',
      code: 'LF-RUNNER-053',
      guard: { expiry: false },
      envelope: () => signed(listOf(stream('x')), { expiresAt: '2026-01-05T00:00:00.000Z' }),
    },
    {
      what: 'with a feature that is not known',
      code: 'LF-CONTRACT-005',
      guard: { critical: false },
      envelope: () => signed(listOf(stream('x')), { critical: ['entities', 'more'] }),
    },
    {
      what: 'that is too large',
      code: 'LF-CONTRACT-001',
      guard: { size: false },
      envelope: () => signed(listOf(stream('x', { topic: 'x'.repeat(800_000) }))),
    },
  ];
  it.each(attacks)(
    '$what is refused; without that guard it would be put in force',
    async ({ code, guard, envelope }) => {
      const guarded = lists();
      guarded.receive(await signed(newer));
      guarded.receive(await envelope());
      await guarded.settled();
      expect([guarded.accepted, guarded.refused]).toEqual([['new'], [code]]);
      const twin = lists(guard);
      await twin.start();
      twin.receive(await envelope());
      await twin.settled();
      expect(twin.refused).toEqual([]);
      expect(twin.accepted).toHaveLength(2);
    },
  );

  it('that cannot be kept yet is kept when the cluster is there again', async () => {
    const one = lists();
    let away = 2;
    kubernetes.before = () => {
      if (away-- > 0) throw new LandfallError('LF-RUNNER-001', 'away', { temporary: true });
    };
    one.receive(await signed(listOf(stream('a'))));
    await one.settled();
    expect([one.accepted, one.refused]).toEqual([['a'], []]);
  });

  it('killed between its bytes and their outcome, it is in force when it comes again', async () => {
    const list = listOf(stream('a'));
    const dying = lists();
    kubernetes.before = ({ verb }) => {
      if (verb === 'create') throw new Error('killed');
    };
    dying.receive(await signed(list));
    await dying.settled();
    kubernetes.before = () => undefined;
    const next = lists();
    await next.start();
    expect(next.accepted).toEqual([]);
    next.receive(await signed(list));
    await next.settled();
    expect(next.accepted).toEqual(['a']);
  });
});
