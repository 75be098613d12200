import fc from 'fast-check';
import * as z from 'zod';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../contract/index.ts';
import { decideHelm } from '../../components/helm/decide.ts';
import { decideTerraform } from '../../components/terraform/decide.ts';
import type { Verdict } from '../../policy/index.ts';
import { decideStance, type Situation } from './decide.ts';
import { sameTarget, type TargetKey } from '../memory/memory.ts';

const key = (name: string): TargetKey => ({ version: '1.0.0', digest: sha256(name), inputsDigest: sha256('inputs') });
const anyKey = fc.constantFrom('a', 'b', 'c').map(key);
const verdicts: Verdict[] = [
  { kind: 'go' },
  { kind: 'paused', reason: 'Paused', message: 'm' },
  { kind: 'wait', reason: 'MaintenanceWindow', until: new Date(0), message: 'm' },
  { kind: 'ask', reason: 'ApprovalNeeded', message: 'm', details: {} },
  { kind: 'refuse', reason: 'KindNotAllowed', message: 'm' },
];
const situation: fc.Arbitrary<Situation> = fc.record({
  target: fc.option(anyKey),
  lastGood: fc.option(anyKey),
  transition: fc.option(
    fc.record({
      to: anyKey,
      direction: fc.constantFrom('forward' as const, 'back' as const),
      reason: fc.constant('r'),
      startedAt: fc.constant('t'),
    }),
  ),
  denied: fc.array(anyKey, { maxLength: 2 }).map((keys) => keys.map((item) => ({ key: item, reason: 'r', at: 't' }))),
  verdict: fc.constantFrom(...verdicts),
});

describe('which way an install moves', () => {
  it('never forward to what is denied, refused, or while paused', () => {
    fc.assert(
      fc.property(situation, (given) => {
        const { kind } = decideStance(given);
        if (kind !== 'forward') return;
        expect(given.target).not.toBeNull();
        expect(given.denied.some((item) => sameTarget(item.key, given.target))).toBe(false);
        expect(['go', 'wait', 'ask']).toContain(given.verdict.kind);
        expect(given.verdict.kind === 'go' || sameTarget(given.transition?.to, given.target)).toBe(true);
      }),
    );
  });

  it('never back when there is nothing to go back to, or nothing under way', () => {
    fc.assert(
      fc.property(situation, (given) => {
        if (decideStance(given).kind !== 'back') return;
        expect(given.lastGood).not.toBeNull();
        expect(given.transition).not.toBeNull();
      }),
    );
  });

  it('never backwards because of a kill: what was begun forward goes on forward', () => {
    fc.assert(
      fc.property(anyKey, fc.option(anyKey), (target, lastGood) => {
        fc.pre(!sameTarget(target, lastGood));
        const transition = { to: target, direction: 'forward' as const, reason: 'r', startedAt: 't' };
        expect(decideStance({ target, lastGood, transition, denied: [], verdict: { kind: 'go' } }).kind).toBe(
          'forward',
        );
      }),
    );
  });

  it('always keeps a last good release when it does not move, unless paused', () => {
    fc.assert(
      fc.property(situation, (given) => {
        const { kind } = decideStance(given);
        fc.pre(given.lastGood !== null && given.verdict.kind !== 'paused');
        expect(['keep', 'forward', 'back']).toContain(kind);
      }),
    );
  });
});

const statuses = [
  'deployed',
  'superseded',
  'failed',
  'pending-install',
  'pending-upgrade',
  'pending-rollback',
  'uninstalling',
  'uninstalled',
  'unknown',
] as const;
const history = fc
  .array(fc.record({ status: fc.constantFrom(...statuses), fingerprint: fc.constantFrom('new', 'old', null) }), {
    maxLength: 4,
  })
  .map((rows) => rows.map((row, i) => ({ ...row, revision: i + 1 })));
const direction = fc.constantFrom('forward' as const, 'back' as const, 'keep' as const);

describe('what is done to a Helm release', () => {
  it('is nothing exactly when the newest revision is deployed and is what is wanted, and no failed try of the install is left', () => {
    fc.assert(
      fc.property(history, direction, (rows, way) => {
        const action = decideHelm({ fingerprint: 'new' }, { history: rows, missing: [] }, way);
        const newest = rows.at(-1);
        const there = newest?.status === 'deployed' && newest.fingerprint === 'new';
        expect(action.kind === 'none').toBe(there && rows[0]?.status !== 'failed');
      }),
    );
  });

  it('is never an apply over a pending revision, and a rollback only to a good one of what is wanted', () => {
    fc.assert(
      fc.property(history, direction, (rows, way) => {
        const action = decideHelm({ fingerprint: 'new' }, { history: rows, missing: [] }, way);
        const pending = rows.at(-1)?.status.startsWith('pending-') === true;
        expect(!pending || action.kind === 'unlock').toBe(true);
        if (action.kind !== 'rollback') return;
        expect(way).toBe('back');
        expect(rows[action.revision - 1]).toMatchObject({
          fingerprint: 'new',
          status: expect.stringMatching(/superseded|deployed/),
        });
      }),
    );
  });
});

describe('what is done to a Helm release whose first install has failed', () => {
  type Wanted = Parameters<typeof decideHelm>[0];
  const wanted = { fingerprint: 'new' };
  const table: [string, Wanted, string, object][] = [
    ['installed again, since only that runs its install hooks', wanted, '1 failed', { kind: 'install', again: true }],
    ['installed again as often as it fails', wanted, '1 failed, 2 failed', { kind: 'install', again: true }],
    ['unlocked first', wanted, '1 failed, 2 pending-install', { kind: 'unlock', revision: 2 }],
    [
      'rid of what only failed tries have made',
      wanted,
      '1 failed, 2 failed, 3 deployed',
      { kind: 'prune', tries: [1, 2] },
    ],
    ['rid of it before it is removed', null, '1 failed, 2 failed', { kind: 'prune', tries: [1] }],
    ['removed', null, '1 failed', { kind: 'uninstall' }],
    ['left as it is when it is not tried again', { ...wanted, refused: true }, '1 failed, 2 failed', { kind: 'none' }],
    ['upgraded when it was whole once', wanted, '1 superseded, 2 failed', { kind: 'upgrade' }],
    ['upgraded when it is whole', wanted, '1 deployed, 2 failed', { kind: 'upgrade' }],
    ['upgraded when what was before is not known any more', wanted, '4 failed, 5 failed', { kind: 'upgrade' }],
    ['left alone when Helm has let go of its first revisions', wanted, '4 failed, 5 deployed', { kind: 'none' }],
  ];
  it.each(table)('is %s', (_, desired, rows, expected) => {
    const history = rows.split(', ').map((row) => {
      const [revision, status] = z.tuple([z.coerce.number(), z.enum(statuses)]).parse(row.split(' '));
      return { revision, status, fingerprint: 'new' };
    });
    expect(decideHelm(desired, { history, missing: [] }, 'forward')).toMatchObject(expected);
  });
});

describe('what is done to a Terraform component', () => {
  const wanted = { fingerprint: 'new', secrets: '', rollback: 'forward-only' as const };
  const table: [string, Parameters<typeof decideTerraform>, string][] = [
    ['nothing when it is applied', [wanted, { fingerprint: 'new', applying: null }, 'forward'], 'none'],
    ['an apply when it is new', [wanted, null, 'forward'], 'apply'],
    ['an apply when it differs', [wanted, { fingerprint: 'old', applying: null }, 'forward'], 'apply'],
    [
      'an apply when one was begun and its end is unknown',
      [wanted, { fingerprint: 'new', applying: 'new' }, 'forward'],
      'apply',
    ],
    ['nothing on the way back when it has not moved', [wanted, { fingerprint: 'new', applying: null }, 'back'], 'none'],
    ['staying on the way back when it has moved', [wanted, { fingerprint: 'newer', applying: null }, 'back'], 'stay'],
    ['staying also when it may have moved', [wanted, { fingerprint: 'new', applying: 'newer' }, 'back'], 'stay'],
    [
      'an apply when a Secret has changed, whichever way it goes',
      [{ ...wanted, secrets: 'b' }, { fingerprint: 'new', applying: null, terraform: { secrets: 'a' } }, 'keep'],
      'apply',
    ],
    [
      'an apply when one of the very same was begun, whichever way it goes',
      [wanted, { fingerprint: 'new', applying: 'new' }, 'keep'],
      'apply',
    ],
    [
      'an apply of the previous one where it says so',
      [{ ...wanted, rollback: 'previous' }, { fingerprint: 'newer', applying: null }, 'back'],
      'apply',
    ],
  ];
  it.each(table)('is %s', (_, given, expected) => {
    expect(decideTerraform(...given).kind).toBe(expected);
  });
});
