import { medianOf } from '../measure.ts';
import type { Run } from './run-tool.ts';
import type { MirrorTool } from './tools.ts';

/** What one tool did in one case, every run of it. */
export type Measure = { tool: string; ours: boolean; runs: Run[] };

/**
 * Round by round, each tool once per round: what else the machine does strikes all of them alike. A tool that failed in a round
 * goes on being asked: its failures are counted.
 */
export async function inRounds(
  rounds: number,
  tools: readonly MirrorTool[],
  once: (tool: MirrorTool) => Promise<Run>,
  say: (line: string) => void,
): Promise<Measure[]> {
  const measures = tools.map((tool): Measure & { of: MirrorTool } => ({
    of: tool,
    tool: tool.name,
    ours: tool.ours,
    runs: [],
  }));
  for (let round = 1; round <= rounds; round++) {
    for (const { of, runs } of measures) {
      const run = await once(of);
      runs.push(run);
      say(
        `  ${of.name}, ${round} of ${rounds}: ${run.ok ? `${Math.round(run.wallMs)} ms` : `failed: ${run.why ?? ''}`}`,
      );
    }
  }
  return measures.map(({ tool, ours, runs }) => ({ tool, ours, runs }));
}

/** The median over the runs that succeeded; NaN when none did. */
export function medianBy(measure: Measure, figure: (run: Run) => number): number {
  return medianOf(measure.runs.filter(({ ok }) => ok).map(figure));
}

/** The median of the ratios round by round: what made one round slow made both slow. */
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
    .filter((each) => !each.ours && each.runs.some(({ ok }) => ok))
    .toSorted((a, b) => medianBy(a, figure) - medianBy(b, figure))[0];
}

export function measureOf(measures: readonly Measure[], tool: string): Measure | undefined {
  return measures.find((each) => each.tool === tool && each.runs.some(({ ok }) => ok));
}

/** `held` or `NOT held`, with the number that says so. */
export function verdict(what: string, value: number, limit: number, unit = ''): string {
  const shown = (number: number): string => `${Math.round(number * 100) / 100}${unit}`;
  return `${what}: ${shown(value)}, wanted at most ${shown(limit)}: ${value <= limit ? 'held' : 'NOT held'}`;
}
