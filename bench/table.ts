import type { MachineFacts } from './machine.ts';
import type { Measured } from './measure.ts';

export type BenchResult = Measured & { name: string; at: string; machine: MachineFacts };

export function resultLines({ name, at, machine, rows, findings }: BenchResult): string[] {
  const { cpu, cores, memoryGib, system, node, load } = machine;
  const width = Math.max(...rows.map(({ what }) => what.length));
  return [
    `bench ${name}, ${at.slice(0, 10)}: ${cores} × ${cpu}, ${memoryGib} GiB, ${system}, node ${node}, load ${load} before`,
    ...rows.map(({ what, runsMs, medianMs, note }) => {
      const range = `${Math.min(...runsMs)} to ${Math.max(...runsMs)}, ${runsMs.length} runs`;
      return `  ${what.padEnd(width)} ${`${medianMs} ms`.padStart(12)}   (${range})${note === undefined ? '' : `   ${note}`}`;
    }),
    ...findings.map((finding) => `  ${finding}`),
  ];
}
