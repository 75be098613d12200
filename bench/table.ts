import type { MachineFacts } from './machine.ts';
import type { Measured, Table } from './measure.ts';

export type BenchResult = Measured & { name: string; at: string; machine: MachineFacts };

export function resultLines({ name, at, machine, rows, tables = [], findings }: BenchResult): string[] {
  const { cpu, cores, memoryGib, system, node, load } = machine;
  const width = Math.max(...rows.map(({ what }) => what.length));
  return [
    `bench ${name}, ${at.slice(0, 10)}: ${cores} × ${cpu}, ${memoryGib} GiB, ${system}, node ${node}, load ${load} before`,
    ...rows.map(({ what, runsMs, medianMs, note }) => {
      const range = `${Math.min(...runsMs)} to ${Math.max(...runsMs)}, ${runsMs.length} runs`;
      return `  ${what.padEnd(width)} ${`${medianMs} ms`.padStart(12)}   (${range})${note === undefined ? '' : `   ${note}`}`;
    }),
    ...tables.flatMap(tableLines),
    ...findings.map((finding) => `  ${finding}`),
  ];
}

function tableLines({ title, columns, rows }: Table): string[] {
  const widths = columns.map((column, at) => Math.max(column.length, ...rows.map((row) => (row[at] ?? '').length)));
  const line = (row: readonly string[]): string =>
    row.map((text, at) => (at === 0 ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0))).join('  ');
  return [`  ${title}`, ...[columns, ...rows].map((row) => `    ${line(row).trimEnd()}`), ''];
}
