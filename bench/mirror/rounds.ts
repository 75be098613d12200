import { medianOf } from '../measure.ts';
import type { Run } from './run-tool.ts';

export type Contender = {
  name: string;
  kind: 'ours' | 'peer' | 'limit';
  /** At most so many rounds, where one is long and says enough. */
  most?: number;
  run: () => Promise<Run>;
};

/** What one contender did in one case, every run of it. */
export type Measure = Pick<Contender, 'name' | 'kind'> & { runs: Run[] };

/**
 * Round by round, each once per round: what else the machine does strikes all of them alike. One that failed goes on being
 * asked: its failures are counted.
 */
export async function inRounds(
  rounds: number,
  contenders: readonly Contender[],
  say: (line: string) => void,
): Promise<Measure[]> {
  const all = contenders.map((contender) => ({ contender, runs: new Array<Run>() }));
  for (let round = 1; round <= rounds; round++) {
    for (const { contender, runs } of all) {
      if (runs.length === contender.most) continue;
      const run = await contender.run();
      runs.push(run);
      const outcome = run.ok ? `${Math.round(run.wallMs)} ms` : `failed: ${run.why ?? ''}`;
      say(`  ${contender.name}, ${round} of ${rounds}: ${outcome}`);
    }
  }
  return all.map(({ contender: { name, kind }, runs }) => ({ name, kind, runs }));
}

export const wall = (run: Run): number => run.wallMs;
export const cpu = (run: Run): number => run.cpuSeconds;
export const memory = (run: Run): number => run.peakRssBytes;
export const requests = (run: Run): number => run.traffic.requests;
export const fetched = (run: Run): number => run.bytesFetched;

/** The median over the runs that succeeded; NaN when none did. */
export function medianBy(measure: Measure, figure: (run: Run) => number): number {
  return medianOf(measure.runs.filter(({ ok }) => ok).map(figure));
}

/** The median of the ratios round by round: what made one of a pair slow made the other slow. */
export function ratioBy(one: Measure, other: Measure, figure: (run: Run) => number): number {
  return medianOf(
    one.runs.flatMap((run, round) => {
      const beside = other.runs[round];
      return run.ok && beside?.ok === true ? [figure(run) / figure(beside)] : [];
    }),
  );
}

/** The peer with the smallest median of a figure. */
export function bestPeer(measures: readonly Measure[], figure: (run: Run) => number): Measure | undefined {
  return measures
    .filter((each) => each.kind === 'peer' && succeededOnce(each))
    .toSorted((a, b) => medianBy(a, figure) - medianBy(b, figure))[0];
}

/** Undefined when it is not here or never succeeded. */
export function measureOf(measures: readonly Measure[], name: string): Measure | undefined {
  return measures.find((each) => each.name === name && succeededOnce(each));
}

export function succeeded({ runs }: Measure): string {
  return `${runs.filter(({ ok }) => ok).length}/${runs.length}`;
}

function succeededOnce({ runs }: Measure): boolean {
  return runs.some(({ ok }) => ok);
}

/** `held` or `NOT held`, with the number that says so. */
export function verdict(what: string, value: number, limit: number, unit = ''): string {
  const shown = (number: number): string => `${Math.round(number * 1000) / 1000}${unit}`;
  return `${what}: ${shown(value)}, wanted at most ${shown(limit)}: ${value <= limit ? 'held' : 'NOT held'}`;
}
