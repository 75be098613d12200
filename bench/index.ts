import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { machineFacts } from './machine.ts';
import type { Bench, BenchTools } from './measure.ts';
import { mirrorBench } from './mirror/mirror.ts';
import { reconcileBench } from './reconcile/reconcile.ts';
import { preflightBench } from './preflight/preflight.ts';
import { synthBench } from './synth/synth.ts';
import { resultLines } from './table.ts';

/** What `npm run bench -- <name>` knows. A bench is a folder and one line here. */
export const benches: ReadonlyMap<string, Bench> = new Map([
  ['synth', synthBench],
  ['preflight', preflightBench],
  ['mirror', mirrorBench],
  ['reconcile', reconcileBench],
]);

/** Runs it, keeps the result of a whole run in bench/results, and returns the table for people. */
export async function runBench(name: string, bench: Bench, part: Omit<BenchTools, 'say'>): Promise<string[]> {
  const say = (line: string): void => console.error(line);
  const before = machineFacts();
  const measured = await bench({ say, ...part });
  const result = { name, at: new Date().toISOString(), machine: before, ...measured };
  if (part.quick || part.only.length > 0) return resultLines(result);
  const folder = join(import.meta.dirname, 'results');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.json`), `${JSON.stringify(result, null, 2)}\n`);
  return resultLines(result);
}
