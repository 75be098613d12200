import { expect, it } from 'vitest';
import { measure, medianOf } from './measure.ts';
import { resultLines } from './table.ts';

it.each([
  [[3, 1, 2], 2],
  [[4, 1, 3, 2], 2.5],
  [[7], 7],
  [[], Number.NaN],
])('the median of %j is %d', (numbers, median) => {
  expect(medianOf(numbers)).toBe(median);
});

it('keeps every run, so that a median can be checked', async () => {
  let runs = 0;
  const row = await measure('work', 3, () => Promise.resolve((runs += 1)));
  expect([runs, row.runsMs.length, row.medianMs]).toEqual([3, 3, medianOf(row.runsMs)]);
  const machine = { cpu: 'c', cores: 2, memoryGib: 8, system: 's', node: 'v20', load: 1.5 };
  const lines = resultLines({ name: 'x', at: '2026-01-01T00:00:00.000Z', machine, rows: [row], findings: ['so'] });
  expect(lines.join('\n')).toMatch(/2 × c.*load 1\.5[\s\S]*work +.*3 runs[\s\S]*so/);
});
