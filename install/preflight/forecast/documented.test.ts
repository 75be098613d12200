import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { assumptions } from './assumptions.ts';

it('has every assumption in the customer’s page, with its default', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/customer/preflight.md'), 'utf8');
  const rows = [...page.matchAll(/^\| (`.+?`) \| ([\d, ]+) \|/gm)].flatMap(([, names = '', values = '']) => {
    const numbers = values.split(',');
    return names.split(', ').map((name, i) => [name.replaceAll('`', ''), Number(numbers[i])]);
  });
  expect(Object.fromEntries(rows)).toEqual(
    Object.fromEntries(Object.entries(assumptions).map(([name, { value }]) => [name, value])),
  );
});
