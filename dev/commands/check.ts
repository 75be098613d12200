import { existsSync } from 'node:fs';
import { execa } from 'execa';

type Check = { name: string; args: [string, ...string[]] };

const checks: Check[] = [
  { name: 'lint', args: ['oxlint', '--type-aware', '--deny-warnings'] },
  {
    name: 'types',
    args: ['tsc', '-p', '.', '--noEmit', '--incremental', '--tsBuildInfoFile', 'node_modules/.cache/types.tsbuildinfo'],
  },
  {
    name: 'format',
    args: ['prettier', '--check', '--log-level=warn', '--cache', '.'],
  },
  { name: 'dead code', args: ['knip', '--no-progress', '--cache'] },
  { name: 'architecture', args: ['vitest', 'run', '--project', 'unit', 'test/architecture.test.ts'] },
];

/** Runs all checks, two at a time, and prints what failed; exit code 1 when something did. */
export async function runChecks(): Promise<number> {
  const waiting = checks.filter(({ name }) => name !== 'architecture' || existsSync('test/architecture.test.ts'));
  const failed: string[] = [];
  const startedAt = performance.now();
  const work = async (): Promise<void> => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const [file, ...args] = check.args;
      const began = performance.now();
      const result = await execa(file, args, { preferLocal: true, reject: false, all: true, stdin: 'ignore' });
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      console.log(`${result.failed ? 'FAILED' : 'ok    '}  ${check.name} (${seconds} s)`);
      if (!result.failed) continue;
      failed.push(check.name);
      console.log(result.all);
    }
  };
  await Promise.all([work(), work()]);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(
    failed.length === 0 ? `all checks passed in ${seconds} s` : `failed: ${failed.join(', ')} (${seconds} s)`,
  );
  return failed.length === 0 ? 0 : 1;
}
