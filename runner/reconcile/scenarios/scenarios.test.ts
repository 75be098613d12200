import { describe, expect, it } from 'vitest';
import { customersWord } from './customers-word.ts';
import { faultyWorld } from './faulty-world.ts';
import { goingBack } from './going-back.ts';
import { installing } from './installing.ts';
import { keeping } from './keeping.ts';
import { play } from './play.ts';
import { upgrading } from './upgrading.ts';

const themes = {
  'at a first install,': installing,
  'when another release is wanted,': upgrading,
  'when a release fails,': goingBack,
  'while a release is in force,': keeping,
  'in a world that fails,': faultyWorld,
  "by the customer's word,": customersWord,
};

describe.each(Object.entries(themes))('%s', (_, rows) => {
  it.each(rows.map((row) => [row.says, row] as const))('%s', async (_says, row) => {
    const { seen, wanted } = await play(row);
    expect(seen).toEqual(wanted);
  });
});

it('the table has at least 80 rows, and no sentence twice', () => {
  const says = Object.values(themes).flatMap((rows) => rows.map((row) => row.says));
  expect(says.length).toBeGreaterThanOrEqual(80);
  expect(new Set(says).size).toBe(says.length);
});
