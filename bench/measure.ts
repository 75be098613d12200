export type Row = {
  what: string;
  /** Milliseconds, every run, in order. */
  runsMs: number[];
  medianMs: number;
  note?: string;
};

export type Measured = {
  rows: Row[];
  /** Where a time alone does not say it. */
  tables?: readonly Table[];
  /** What the numbers say, in sentences; each is computed from them. */
  findings: string[];
  details?: Record<string, unknown>;
};

/** The first column names the row; the others are figures. */
export type Table = { title: string; columns: readonly string[]; rows: readonly (readonly string[])[] };

export type BenchTools = {
  say: (line: string) => void;
  /** `--quick`: small sizes, to develop with; nothing is kept of it. */
  quick: boolean;
  /** `--only a,b`: these cases of it; nothing is kept of it. Empty: all. */
  only: readonly string[];
};

export type Bench = (tools: BenchTools) => Promise<Measured>;

/** Runs `work` so often, one after the other, and keeps every time. */
export async function measure(what: string, runs: number, work: () => Promise<unknown>, note?: string): Promise<Row> {
  const runsMs: number[] = [];
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    await work();
    runsMs.push(Math.round((performance.now() - start) * 10) / 10);
  }
  return { what, runsMs, medianMs: Math.round(medianOf(runsMs) * 10) / 10, ...(note === undefined ? {} : { note }) };
}

export function medianOf(numbers: readonly number[]): number {
  if (numbers.length === 0) return Number.NaN;
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}
