import { describe, expect, it } from 'vitest';
import { createFakeStage } from './fake-stage.ts';
import { play } from './play.ts';
import { themes } from './table.ts';

describe.each(Object.entries(themes))('%s', (_, rows) => {
  it.each(rows.map((row) => [row.says, row] as const))('%s', async (_says, row) => {
    const stage = createFakeStage();
    try {
      const { seen, wanted } = await play(stage, row);
      expect(seen).toEqual(wanted);
    } finally {
      await stage.close();
    }
  });
});

const rows = Object.values(themes).flat();

it('the table has at least 80 rows, and no sentence twice', () => {
  const says = rows.map((row) => row.says);
  expect(says.length).toBeGreaterThanOrEqual(80);
  expect(new Set(says).size).toBe(says.length);
});
