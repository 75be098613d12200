export type Row = {
  what: string;
  /** Milliseconds, every run, in order. */
  runsMs: number[];
  medianMs: number;
  note?: string;
};

export type Measured = {
  rows: Row[];
  /** What the numbers say, in sentences; each is computed from them. */
  findings: string[];
  details?: Record<string, unknown>;
};

export type Bench = (tools: { say: (line: string) => void }) => Promise<Measured>;

/** Runs `work` so often, one after the other, and keeps every time. */
export async function measure(what: string, runs: number, work: () => Promise<unknown>, note?: string): Promise<Row> {
  const runsMs: number[] = [];
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    await work();
    runsMs.push(Math.round((performance.now() - start) * 10) / 10);
  }
  return { what, runsMs, medianMs: medianOf(runsMs), ...(note === undefined ? {} : { note }) };
}

export function medianOf(numbers: readonly number[]): number {
  if (numbers.length === 0) return Number.NaN;
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 1 ? high : Math.round(((low + high) / 2) * 10) / 10;
}
