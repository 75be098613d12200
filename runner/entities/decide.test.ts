import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isChange, isLeaving, type KnownEntity, leavingMark, nextStep, typeOrder } from './decide.ts';

const order = typeOrder([
  { name: 'a', dependsOn: [] },
  { name: 'b', dependsOn: ['a'] },
  { name: 'c', dependsOn: ['b'] },
  { name: 'd', dependsOn: ['a'] },
]);
const now = { elapsed: 1000, time: 5_000_000 };
const fresh = (key: string, type: string, wanted: string | null): KnownEntity => ({
  ...{ key, type, wanted, recorded: false, removing: false, tried: null, dirty: false, busy: false },
  ...{ retryAt: null, failed: false, heldUntil: null, applied: null, changingUntil: null },
});

const at = (around: number): fc.Arbitrary<number | null> =>
  fc.option(fc.integer({ min: -500, max: 500 }).map((ms) => around + ms));
const anyEntity = (index: number): fc.Arbitrary<KnownEntity> =>
  fc.record({
    key: fc.constant(`e${index}`),
    type: fc.constantFrom('a', 'b', 'c', 'd', 'gone'),
    wanted: fc.option(fc.constantFrom('1', '2')),
    recorded: fc.boolean(),
    removing: fc.boolean(),
    tried: fc.option(fc.constantFrom('1', '2', leavingMark)),
    dirty: fc.boolean(),
    busy: fc.boolean(),
    retryAt: at(now.elapsed),
    failed: fc.boolean(),
    heldUntil: at(now.time),
    applied: fc.option(fc.constantFrom('1', '2')),
    changingUntil: at(now.elapsed),
  });
const anyEntities = fc
  .integer({ min: 0, max: 7 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, i) => anyEntity(i))));

describe('the next step of whatever entities there are', () => {
  it('is the same for the same, of one that is not worked on, and takes away none that is wanted', () => {
    const kinds = new Set<string>();
    fc.assert(
      fc.property(anyEntities, fc.constantFrom(1, 2, Number.POSITIVE_INFINITY), (all, most) => {
        const before = JSON.stringify(all);
        const step = nextStep(all, order, now, most);
        expect([nextStep(all, order, now, most), JSON.stringify(all)]).toEqual([step, before]);
        kinds.add(step.kind);
        if (step.kind === 'rest') {
          if (step.forMs !== null) expect(step.forMs).toBeGreaterThan(0);
          return;
        }
        const entity = all.find(({ key }) => key === step.key);
        expect(entity?.busy).toBe(false);
        // What had begun to go goes on going; it is made anew afterwards.
        if (step.kind === 'remove') expect(entity?.wanted === null || entity?.removing === true).toBe(true);
        else expect(entity !== undefined && isLeaving(entity)).toBe(false);
        const changing = all.filter(({ changingUntil: until }) => until !== null && until > now.elapsed).length;
        if (step.kind === 'settle' && entity !== undefined && isChange(entity)) expect(changing).toBeLessThan(most);
      }),
      { numRuns: 3000 },
    );
    expect([...kinds].sort()).toEqual(['remove', 'rest', 'settle']);
  });
});

/** What becomes of one try. */
type Outcome = 'done' | 'fails' | 'takes-time' | 'held';
type World = { all: KnownEntity[]; elapsed: number; steps: number };

/** As step.ts and slots.ts do it. */
function act(world: World, kind: 'settle' | 'remove', key: string, outcome: Outcome): void {
  const entity = world.all.find((each) => each.key === key);
  if (entity === undefined) throw new Error('a step of nobody');
  Object.assign(entity, { dirty: false, retryAt: null, heldUntil: null });
  if (kind === 'settle' && isChange(entity)) entity.changingUntil = world.elapsed + 300_000;
  entity.tried = kind === 'settle' ? entity.wanted : leavingMark;
  entity.failed = outcome === 'fails';
  if (outcome === 'fails') Object.assign(entity, { retryAt: world.elapsed + 1000, changingUntil: null });
  else if (outcome === 'held') {
    Object.assign(entity, { retryAt: world.elapsed + 5000, heldUntil: world.elapsed + 5000, changingUntil: null });
  } else if (kind === 'settle') {
    Object.assign(entity, { recorded: true, applied: entity.wanted });
    // A watch tells when there is more to see.
    if (outcome === 'takes-time') entity.dirty = true;
    else entity.changingUntil = null;
  } else if (outcome === 'takes-time') Object.assign(entity, { removing: true, dirty: true });
  else if (entity.wanted === null) world.all = world.all.filter((each) => each !== entity);
  else Object.assign(entity, { recorded: false, removing: false, applied: null, tried: null });
}

/** Step by step, with the time that it rests, until nothing is due any more. */
function settleDown(world: World, outcomes: Outcome[], most: number): void {
  for (;;) {
    const step = nextStep(world.all, order, { elapsed: world.elapsed, time: world.elapsed }, most);
    if (step.kind === 'rest') {
      if (step.forMs === null) return;
      world.elapsed += step.forMs;
      continue;
    }
    world.steps += 1;
    if (world.steps > 2000) throw new Error(`it does not come to rest: ${JSON.stringify(world.all)}`);
    act(world, step.kind, step.key, outcomes.shift() ?? 'done');
  }
}

describe('step by step', () => {
  const wishes = fc.dictionary(
    fc.constantFrom('a/1', 'a/2', 'b/1', 'b/2', 'c/1', 'd/1'),
    fc.constantFrom('1', '2', '3'),
  );
  const outcome = fc.constantFrom<Outcome>('done', 'fails', 'takes-time', 'held');

  it('whatever is wanted in turn, and whatever goes wrong for a while: in the end exactly that is there, and it rests', () => {
    fc.assert(
      fc.property(
        fc.array(wishes, { minLength: 1, maxLength: 4 }),
        fc.array(outcome, { maxLength: 30 }),
        fc.constantFrom(1, 2, Number.POSITIVE_INFINITY),
        (turns, outcomes, most) => {
          const world: World = { all: [], elapsed: 0, steps: 0 };
          for (const wanted of turns) {
            for (const each of world.all) each.wanted = wanted[each.key] ?? null;
            for (const [key, value] of Object.entries(wanted)) {
              if (!world.all.some((each) => each.key === key)) world.all.push(fresh(key, key.slice(0, 1), value));
            }
            world.all = world.all.filter((each) => each.wanted !== null || each.recorded);
            settleDown(world, outcomes, most);
            const there = world.all.map(({ key, applied, recorded }) => [key, recorded ? applied : null]);
            expect(Object.fromEntries(there)).toEqual(wanted);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('one that fails for ever holds up nobody else', () => {
    const world: World = {
      all: ['a/1', 'b/1', 'c/1'].map((key) => fresh(key, key.slice(0, 1), '1')),
      elapsed: 0,
      steps: 0,
    };
    for (let steps = 0; steps < 50; steps++) {
      const step = nextStep(world.all, order, { elapsed: world.elapsed, time: world.elapsed });
      if (step.kind === 'rest') world.elapsed += step.forMs ?? 0;
      else act(world, step.kind, step.key, step.key === 'a/1' ? 'fails' : 'done');
    }
    expect(world.all.map(({ key, applied }) => [key, applied])).toEqual([
      ['a/1', null],
      ['b/1', '1'],
      ['c/1', '1'],
    ]);
  });
});

describe('what waits for a time', () => {
  const held = { ...fresh('a/1', 'a', '1'), tried: '1', retryAt: 2000, heldUntil: 6_000_000 };
  const cases: [string, Partial<KnownEntity>, { elapsed: number; time: number }, number | null][] = [
    ['rests as long as it is away', {}, now, 1000],
    [
      'is due when that time of day has come, by a clock that was set forward',
      {},
      { elapsed: 1000, time: 6_000_001 },
      null,
    ],
    ['is due when as long has passed, whatever the clock says', {}, { elapsed: 2000, time: 0 }, null],
    [
      'is tried again by what has passed alone, when it has failed',
      { heldUntil: null },
      { elapsed: 1500, time: 0 },
      500,
    ],
  ];
  it.each(cases)('%s', (_, more, instant, forMs) => {
    const step = nextStep([{ ...held, ...more }], order, instant);
    expect(step).toEqual(forMs === null ? { kind: 'settle', key: 'a/1' } : { kind: 'rest', forMs });
  });
});
