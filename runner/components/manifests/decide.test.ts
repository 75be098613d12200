import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideManifests, type ManifestsMemory, type WantedManifests } from './decide.ts';
import { refOfId, stageOf } from './identity.ts';
import type { Leftover, ManifestsObserved, Seen } from './observe.ts';

const stage = (id: string): number => stageOf(refOfId(id));
const isPassing = (id: string): boolean => refOfId(id).kind === 'Job';
const ids = [
  'v1/Namespace//shop',
  'v1/ConfigMap/shop/a',
  'apps/v1/Deployment/shop/b',
  'batch/v1/Job/shop/c',
  'x.example/v1/Topic/shop/d',
];
const live = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } };
const seen: fc.Arbitrary<Seen> = fc.oneof(
  fc.constantFrom<Seen>({ state: 'absent' }, { state: 'ours' }, { state: 'terminating' }, { state: 'unowned' }),
  fc.constant<Seen>({ state: 'changed', fields: ['/data'], live }),
  fc.constant<Seen>({ state: 'foreign', owner: 'Helm release x' }),
);
const leftover = (id: string): fc.Arbitrary<Leftover> =>
  fc.constantFrom<Leftover['state']>('gone', 'ours', 'terminating', 'left').map((state) => ({ id, state }));
const situation = fc
  .record({
    split: fc.subarray(ids),
    seen: fc.array(seen, { minLength: ids.length, maxLength: ids.length }),
    leftovers: fc.tuple(...ids.map(leftover)),
    takeOver: fc.boolean(),
    toCorrect: fc.subarray(ids),
    left: fc.subarray(ids),
    fingerprint: fc.constantFrom(null, 'now', 'before'),
    applying: fc.constantFrom(null, 'now', 'before'),
    inventory: fc.subarray(ids),
  })
  .map((given) => {
    const wanted: WantedManifests = {
      fingerprint: 'now',
      ids: given.split,
      takeOver: given.takeOver,
      toCorrect: new Set(given.toCorrect),
      left: new Set(given.left),
    };
    const observed: ManifestsObserved = {
      wanted: new Map(given.split.map((id) => [id, given.seen[ids.indexOf(id)] ?? { state: 'absent' }])),
      leftovers: given.leftovers.filter(({ id }) => !given.split.includes(id)),
    };
    const { fingerprint, applying, inventory } = given;
    const memory: ManifestsMemory = { fingerprint, applying, inventory };
    return { wanted, observed, memory };
  });
type Given = typeof situation extends fc.Arbitrary<infer T> ? T : never;
const always = (property: (given: Given) => void): void =>
  fc.assert(fc.property(situation, property), { numRuns: 500 });
const stateOf = (observed: ManifestsObserved, id: string): string | undefined =>
  observed.wanted.get(id)?.state ?? observed.leftovers.find((left) => left.id === id)?.state;

describe('what is decided of manifests', () => {
  it('never touches what belongs to somebody else', () => {
    always(({ wanted, observed, memory }) => {
      const action = decideManifests(wanted, observed, memory, stage, isPassing);
      const foreign = wanted.ids.some((id) => stateOf(observed, id) === 'foreign');
      expect(action.kind === 'refuse' || !foreign).toBe(true);
    });
  });

  it('deletes only what is its own and not wanted any more, one stage at a time, and nothing of an earlier stage while a later one is there', () => {
    always(({ wanted, observed, memory }) => {
      const action = decideManifests(wanted, observed, memory, stage, isPassing);
      if (action.kind !== 'prune') return;
      for (const id of action.ids) {
        expect(wanted.ids).not.toContain(id);
        expect(stateOf(observed, id)).toBe('ours');
        const later = observed.leftovers.filter((left) => stage(left.id) > stage(id));
        expect(later.every(({ state }) => state === 'gone' || state === 'left')).toBe(true);
      }
    });
  });

  it('deletes nothing before all that is wanted is applied', () => {
    always(({ wanted, observed, memory }) => {
      const action = decideManifests(wanted, observed, memory, stage, isPassing);
      if (action.kind !== 'prune') return;
      expect(memory).toMatchObject({ fingerprint: 'now', applying: null });
      expect(wanted.ids.every((id) => isPassing(id) || wanted.left.has(id) || stateOf(observed, id) !== 'absent')).toBe(
        true,
      );
    });
  });

  it('rests only when nothing wanted is missing and nothing unwanted of its own is left', () => {
    always(({ wanted, observed, memory }) => {
      if (decideManifests(wanted, observed, memory, stage, isPassing).kind !== 'none') return;
      for (const id of wanted.ids) {
        const state = stateOf(observed, id);
        const fine = state === 'ours' || (state === 'absent' && (isPassing(id) || wanted.left.has(id)));
        expect(fine || (state === 'changed' && !wanted.toCorrect.has(id))).toBe(true);
      }
      expect(observed.leftovers.every(({ state }) => state === 'gone' || state === 'left')).toBe(true);
    });
  });

  it('ends: carried out step by step, it comes to rest or refuses', () => {
    always(({ wanted, observed, memory }) => {
      const now = new Map([...observed.wanted]);
      let left = [...observed.leftovers];
      let remembered = memory;
      let ended = false;
      for (let steps = 0; steps < 20 && !ended; steps += 1) {
        const action = decideManifests(wanted, { wanted: now, leftovers: left }, remembered, stage, isPassing);
        ended = action.kind === 'none' || action.kind === 'refuse';
        if (action.kind === 'none' || action.kind === 'refuse') continue;
        const done = new Set(action.ids);
        if (action.kind === 'apply') {
          for (const id of action.ids) now.set(id, { state: 'ours' });
          if (action.all) remembered = { ...remembered, fingerprint: 'now', applying: null };
        } else {
          for (const id of action.ids) if (now.has(id)) now.set(id, { state: 'absent' });
          left = left.map((item) => (done.has(item.id) ? { ...item, state: 'gone' } : item));
        }
      }
      expect(ended).toBe(true);
    });
  });
});
