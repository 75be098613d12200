import { existsSync } from 'node:fs';
import { lint } from './lint.ts';
import { type Outcome, runProgram } from './program.ts';

const cache = 'node_modules/.cache';
const types = ['-p', '.', '--noEmit', '--incremental', '--tsBuildInfoFile', `${cache}/types.tsbuildinfo`];
/** In a place of its own: prettier without `--cache` deletes the cache at the usual one. */
const format = [
  '--check',
  '--log-level=warn',
  '--cache',
  '--cache-strategy=content',
  `--cache-location=${cache}/format`,
  '.',
];

/** Each remembers in node_modules/.cache what it found right, but for the last, which takes a second. */
const checks: { name: string; run: () => Promise<Outcome> }[] = [
  { name: 'types', run: () => runProgram('tsc', types) },
  { name: 'lint', run: lint },
  { name: 'format', run: () => runProgram('prettier', format) },
  { name: 'dead code', run: () => runProgram('knip', ['--no-progress', '--cache']) },
  { name: 'architecture', run: () => runProgram('vitest', ['run', '--project', 'unit', 'test/architecture.test.ts']) },
];

/** Runs all checks, two at a time, and prints what failed; exit code 1 when something did. */
export async function runChecks(): Promise<number> {
  const waiting = checks.filter(({ name }) => name !== 'architecture' || existsSync('test/architecture.test.ts'));
  const failed: string[] = [];
  const startedAt = performance.now();
  const work = async (): Promise<void> => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const began = performance.now();
      const result = await check.run();
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      console.log(`${result.failed ? 'FAILED' : 'ok    '}  ${check.name} (${seconds} s)`);
      if (!result.failed) continue;
      failed.push(check.name);
      console.log(result.output);
    }
  };
  await Promise.all([work(), work()]);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(
    failed.length === 0 ? `all checks passed in ${seconds} s` : `failed: ${failed.join(', ')} (${seconds} s)`,
  );
  return failed.length === 0 ? 0 : 1;
}
