import { describe, expect, it } from 'vitest';
import { type Child, decideStart, decideVictim, type Heavy, type Memory } from './decide-memory.ts';

const mebi = 1024 ** 2;
const of = (limit: number, used: number): Memory => ({ limitBytes: limit * mebi, usedBytes: used * mebi });
const young = (kind: Heavy): Child => ({ kind, ageMs: 1_000 });
const grown = (kind: Heavy): Child => ({ kind, ageMs: 120_000 });

describe('whether an engine may start', () => {
  const usual = of(2048, 200);
  const table: [string, Heavy, Memory | null, Child[], 'start' | 'after-others' | 'wait'][] = [
    ['nobody limits it', 'terraform', null, [young('terraform'), young('terraform')], 'start'],
    ['there is room', 'terraform', usual, [], 'start'],
    ['there is room beside what still grows', 'helm', usual, [young('terraform'), young('helm')], 'start'],
    ['what still grows will take the room', 'terraform', usual, [young('terraform')], 'after-others'],
    ['what runs has grown and there is room', 'terraform', of(2048, 900), [grown('terraform')], 'start'],
    ['what runs has grown and there is none', 'helm', of(1024, 900), [grown('terraform')], 'after-others'],
    ['alone it may just do', 'terraform', of(1024, 400), [], 'start'],
    ['not even alone it will do', 'terraform', of(512, 300), [], 'wait'],
    ['Helm needs less', 'helm', of(512, 250), [], 'start'],
    ['nearly all is used', 'helm', of(512, 420), [], 'wait'],
  ];
  it.each(table)('%s', (_, kind, memory, running, verdict) => {
    expect(decideStart(kind, { memory, idleBytes: 200 * mebi, running })).toBe(verdict);
  });
});

describe('who is ended before the kernel chooses', () => {
  const table: [string, Memory | null, Child[], number | null, number?][] = [
    ['nobody, while there is room', of(1000, 950), [young('helm')], null],
    ['where little is left of a small limit', of(300, 275), [young('helm')], 0],
    ['where what grows will have it all by the next look', of(1000, 800), [young('helm')], 0, 550],
    ['nobody, where it grows and there is room', of(1000, 800), [young('helm')], null, 650],
    ['nobody, where nothing is limited', null, [young('helm')], null],
    ['the youngest', of(1000, 970), [grown('helm'), young('helm')], 1],
    ['Helm before an apply', of(1000, 970), [grown('helm'), young('terraform')], 0],
    ['an apply, when there is nothing else', of(1000, 999), [grown('terraform')], 0],
    ['nobody, when none runs', of(1000, 999), [], null],
  ];
  it.each(table)('%s', (_, memory, running, victim, usedBefore) => {
    const before = usedBefore === undefined ? (memory?.usedBytes ?? 0) : usedBefore * mebi;
    expect(decideVictim({ memory, running, usedBefore: before })).toBe(victim);
  });
});
