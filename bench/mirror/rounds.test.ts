import { expect, it } from 'vitest';
import { bestPeer, inRounds, type Measure, medianBy, ratioBy, succeeded, verdict, wall } from './rounds.ts';
import type { Run } from './run-tool.ts';

const run = (wallMs: number, ok = true): Run => ({
  ok,
  wallMs,
  cpuSeconds: 0,
  peakRssBytes: 0,
  traffic: { requests: 0, bytesSent: 0, byKind: {} },
  bytesFetched: 0,
  registriesCpuSeconds: 0,
});
const measure = (name: string, kind: Measure['kind'], runs: Run[]): Measure => ({ name, kind, runs });

it('asks everyone once per round, and counts failures instead of measuring them', async () => {
  const asked: string[] = [];
  const contender = (name: string, ok: boolean) => ({
    name,
    kind: 'peer' as const,
    run: async () => {
      asked.push(name);
      return run(asked.length, ok || asked.length > 2);
    },
  });
  const measures = await inRounds(2, [contender('a', true), contender('b', false)], () => undefined);
  expect(asked).toEqual(['a', 'b', 'a', 'b']);
  expect(measures.map(succeeded)).toEqual(['2/2', '1/2']);
  expect(measures.map((each) => medianBy(each, wall))).toEqual([2, 4]);
});

it('compares round by round, only where both succeeded', () => {
  const [ours, theirs] = [
    measure('ours', 'ours', [run(1), run(100), run(1, false)]),
    measure('theirs', 'peer', [run(2), run(200), run(1)]),
  ];
  expect(ratioBy(ours, theirs, wall)).toBe(0.5);
  expect(ratioBy(ours, measure('gone', 'peer', []), wall)).toBeNaN();
});

it('never takes a limit, one of ours or one that failed for the fastest peer', () => {
  const measures = [
    measure('limit', 'limit', [run(1)]),
    measure('ours', 'ours', [run(1)]),
    measure('failed', 'peer', [run(1, false)]),
    measure('slow', 'peer', [run(9)]),
    measure('fast', 'peer', [run(5)]),
  ];
  expect(bestPeer(measures, wall)?.name).toBe('fast');
  expect(bestPeer(measures.slice(0, 3), wall)).toBeUndefined();
});

it('does not call held what was never measured', () => {
  expect(verdict('x', 1, 1)).toContain(': held');
  expect(verdict('x', 1.001, 1)).toContain('NOT held');
  expect(verdict('x', Number.NaN, 1)).toContain('NOT held');
});
