import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { reasons } from '../contract/index.ts';

/** `isTrue('Applied', ...)`, `new MustWait({ reason: 'RunnerMoving', ...`: what people read as a reason. */
const said = /(?:\bis(?:True|False)\(\s*|new MustWait\(\{\s*reason: )'([A-Za-z]+)'/g;

it('every reason that the runner tells is explained in contract/reasons.ts', () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !name.includes('.test.') && !name.includes('testing'),
  );
  const told = files.flatMap((name) =>
    [...readFileSync(join(import.meta.dirname, name), 'utf8').matchAll(said)].map(([, reason = '']) => reason),
  );
  expect(told.length).toBeGreaterThan(30);
  expect([...new Set(told)].filter((reason) => !Object.hasOwn(reasons, reason))).toEqual([]);
});

it('every value of the chart is in the table of docs/runner.md, and nothing else is', () => {
  const root = join(import.meta.dirname, '..');
  const values = z
    .record(z.string(), z.unknown())
    .parse(parse(readFileSync(join(root, 'charts/runner/values.yaml'), 'utf8')));
  const page = readFileSync(join(root, 'docs/runner.md'), 'utf8');
  const table = page.slice(page.indexOf('## Its configuration'), page.indexOf('## What is where'));
  const told = table.split('\n').flatMap((line) => {
    const [, first = ''] = line.split('|');
    return [...first.matchAll(/`([a-zA-Z]+)/g)].map(([, name = '']) => name);
  });
  expect([...new Set(told)].sort()).toEqual(Object.keys(values).sort());
});
