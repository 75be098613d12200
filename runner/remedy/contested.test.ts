import { describe, expect, it } from 'vitest';
import { componentRecordSchema } from '../components/record.ts';
import {
  type Contest,
  contestRestMs,
  deletedRestMs,
  describeContests,
  contestsNow,
  correctionWindowMs,
  type Corrected,
  deleted,
  mostCorrections,
  restUntil,
  uncontested,
  withCorrections,
} from './contested.ts';

const start = Date.parse('2026-01-05T10:00:00Z');
const at = (ms: number): Date => new Date(start + ms);
const change = (...fields: string[]) => ({ object: 'Deployment shop/web', fields });
const contest = (field: string, sinceMs = 0): Contest => ({
  object: 'Deployment shop/web',
  field,
  since: at(sinceMs).toISOString(),
});
const setBack = (times: number, everyMs = 1000): Corrected[] => {
  let corrected: Corrected[] = [];
  for (let time = 0; time < times; time++) corrected = withCorrections(corrected, [change('/a')], at(time * everyMs));
  return corrected;
};

describe('a field that others change', () => {
  const rows: [string, Parameters<typeof contestsNow>[0], string[]][] = [
    ['is set back the first time', { changes: [change('/a')], before: [], corrected: [], now: at(0) }, []],
    [
      'is set back until the most was reached',
      { changes: [change('/a')], before: [], corrected: setBack(mostCorrections - 1), now: at(60_000) },
      [],
    ],
    [
      'is contested then',
      { changes: [change('/a')], before: [], corrected: setBack(mostCorrections), now: at(60_000) },
      ['/a'],
    ],
    [
      'is not contested because another one of the object is',
      { changes: [change('/a', '/b')], before: [], corrected: setBack(mostCorrections), now: at(60_000) },
      ['/a'],
    ],
    [
      'is not contested when it was set back as often in a longer time',
      {
        changes: [change('/a')],
        before: [],
        corrected: setBack(mostCorrections, correctionWindowMs / 4),
        now: at(correctionWindowMs * 1.2),
      },
      [],
    ],
    [
      'stays contested for its rest, also where nothing is counted (another runner)',
      { changes: [change('/a')], before: [contest('/a')], corrected: [], now: at(contestRestMs - 1) },
      ['/a'],
    ],
    [
      'is set back again after its rest',
      { changes: [change('/a')], before: [contest('/a')], corrected: [], now: at(contestRestMs) },
      [],
    ],
    [
      'is contested no more once it is as it should be',
      { changes: [], before: [contest('/a')], corrected: setBack(mostCorrections), now: at(60_000) },
      [],
    ],
    [
      'goes on resting when the clock was set back by an hour',
      { changes: [change('/a')], before: [contest('/a', 3_600_000)], corrected: [], now: at(0) },
      ['/a'],
    ],
    [
      'does not rest for years because the clock was years ahead for a moment',
      { changes: [change('/a')], before: [contest('/a', 3650 * contestRestMs)], corrected: [], now: at(0) },
      [],
    ],
    [
      'is not set back more often in the window because the clock was set back within it',
      { changes: [change('/a')], before: [], corrected: setBack(mostCorrections), now: at(-60_000) },
      ['/a'],
    ],
    [
      'does not rest for longer because the clock was set back',
      { changes: [change('/a')], before: [contest('/a')], corrected: [], now: at(-2 * contestRestMs) },
      [],
    ],
  ];
  it.each(rows)('%s', (_, situation, expected) => {
    expect(contestsNow(situation).map(({ field }) => field)).toEqual(expected);
  });

  it('is left out, and the rest of its object is not', () => {
    const changes = [change('/a', '/b'), { object: 'Service shop/web', fields: ['/a'] }];
    expect(uncontested(changes, [contest('/a')])).toEqual(changes);
    expect(uncontested(changes, [contest('/a'), contest('/b')])).toEqual([changes[1]]);
  });

  it('is counted for a window, and as often as counts', () => {
    const many = setBack(mostCorrections + 3);
    expect(many.map((each) => each.at.length)).toEqual([mostCorrections]);
    expect(componentRecordSchema.shape.corrected.safeParse(many).success).toBe(true);
    expect(withCorrections(many, [change('/b')], at(2 * correctionWindowMs)).map(({ field }) => field)).toEqual(['/b']);
    const thousands = Array.from({ length: 2000 }, (_, i) => `/f${i}`);
    const most = withCorrections(many, [change(...thousands)], at(60_000));
    expect(componentRecordSchema.shape.corrected.safeParse(most).success).toBe(true);
  });

  it('counts an object that was deleted as a field of its own', () => {
    const gone = { object: 'Deployment shop/web', fields: [deleted] };
    let corrected: Corrected[] = [];
    for (let time = 0; time < mostCorrections; time++) corrected = withCorrections(corrected, [gone], at(time));
    const contests = contestsNow({ changes: [gone], before: [], corrected, now: at(60_000) });
    expect(uncontested([gone, change('/a')], contests)).toEqual([change('/a')]);
    // And not for as long as a field.
    expect(restUntil(contests)).toEqual(at(60_000 + deletedRestMs));
    expect(restUntil([...contests, contest('/a')])).toEqual(at(60_000 + deletedRestMs));
    const since = { changes: [gone], before: contests, corrected };
    expect(contestsNow({ ...since, now: at(60_000 + deletedRestMs - 1) })).toEqual(contests);
    expect(contestsNow({ ...since, now: at(60_000 + deletedRestMs) })).toEqual([]);
    expect(describeContests(contests)).toContain('for 10 minutes');
    expect(describeContests([...contests, contest('/a')])).toContain('for a day');
  });

  it('names the end of the first rest', () => {
    expect(restUntil([])).toBeNull();
    expect(restUntil([contest('/a', 5000), contest('/b')])).toEqual(at(contestRestMs));
  });
});
