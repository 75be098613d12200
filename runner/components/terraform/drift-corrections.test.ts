import { describe, expect, it } from 'vitest';
import { contestRestMs } from '../../remedy/index.ts';
import { contestedAddresses, countCorrections, mostInARow } from './drift-corrections.ts';
import type { DriftRecord } from './drift-record.ts';

const start = Date.parse('2026-01-05T10:00:00Z');
const hourMs = 3_600_000;
const at = (hours: number): Date => new Date(start + hours * hourMs);
const put = (times: number, hours = 0): DriftRecord => ({
  checkedAt: at(0).toISOString(),
  addresses: ['a'],
  corrected: { a: { times, lastAt: at(hours).toISOString() } },
});

describe('what was put back and has drifted again', () => {
  const rows: [string, DriftRecord | undefined, Date, boolean][] = [
    ['is put back the first time', undefined, at(0), false],
    ['is put back as often as may be', put(mostInARow - 1), at(1), false],
    ['is left as it is then', put(mostInARow), at(1), true],
    ['is put back again after its rest', put(mostInARow), at(24), false],
    ['goes on resting when the clock was set back by an hour', put(mostInARow, 1), at(0), true],
    ['does not rest for years because the clock was years ahead', put(mostInARow, 10 * 365 * 24), at(0), false],
  ];
  it.each(rows)('%s', (_, record, now, isContested) => {
    expect(contestedAddresses(['a'], record, now)).toEqual(isContested ? ['a'] : []);
  });

  it('counts on within a day, whatever is done to the clock, and else anew', () => {
    expect(countCorrections(['a'], put(2), at(1))).toEqual({ a: { times: 3, lastAt: at(1).toISOString() } });
    expect(countCorrections(['a'], put(2, 1), at(0))).toEqual({ a: { times: 3, lastAt: at(0).toISOString() } });
    expect(countCorrections(['a'], put(2), new Date(start + contestRestMs))['a']?.times).toBe(1);
  });

  it('is put back no more than so often in a day, also by a clock that is set back a little before each look', () => {
    let record: DriftRecord | undefined;
    let times = 0;
    for (let look = 0; look < 40; look++) {
      const now = new Date(start + look * 0.5 * hourMs - (look % 2) * 2 * hourMs);
      if (contestedAddresses(['a'], record, now).length > 0) continue;
      record = { checkedAt: now.toISOString(), addresses: ['a'], corrected: countCorrections(['a'], record, now) };
      times++;
    }
    expect(times).toBe(mostInARow);
  });
});
