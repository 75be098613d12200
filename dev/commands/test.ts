import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import * as z from 'zod';
import { systemClock } from '../../contract/index.ts';
import { readDevConfig } from '../config.ts';
import { ensurePackagedTools, ensureTools, findAwsProvider, goTools, realNodesMissing } from '../tools/index.ts';

const stallReporter = fileURLToPath(new URL('stall-reporter.ts', import.meta.url));

const reportSchema = z.object({
  success: z.boolean(),
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numFailedTestSuites: z.number(),
});

/** `npm test`: gets the engines, runs every project, names what was skipped. The last line is `N passed, N failed, N skipped`. */
export async function runTests(filters: string[]): Promise<number> {
  const config = readDevConfig();
  const say = (line: string): void => console.log(line);
  await ensureTools(
    goTools.map((tool) => tool.name),
    { config, clock: systemClock, say },
  );
  await ensurePackagedTools({ config, clock: systemClock, say });
  const nodes = await realNodesMissing(config);
  say(nodes === undefined ? 'engines: all there; nodes are real' : `engines: all there; nodes are simulated: ${nodes}`);
  if ((await findAwsProvider(config)) === undefined)
    say('engines: hashicorp/aws is missing, see `npm run dev -- tools`');

  const dir = await mkdtemp(join(config.worldsDir, 'lf-test-'));
  try {
    const reportPath = join(dir, 'report.json');
    const skippedPath = join(dir, 'skipped');
    const vitest = await execa(
      'vitest',
      [
        'run',
        '--reporter=default',
        '--reporter=json',
        `--reporter=${stallReporter}`,
        `--outputFile.json=${reportPath}`,
        ...filters,
      ],
      {
        preferLocal: true,
        reject: false,
        stdio: 'inherit',
        env: { LANDFALL_SKIPPED_SUITES: skippedPath },
      },
    );
    const skipped = await readFile(skippedPath, 'utf8').catch(() => '');
    for (const line of new Set(skipped.split('\n'))) {
      const [suite, reason] = line.split('\t');
      if (reason !== undefined) say(`skipped: ${suite} needs ${reason}`);
    }
    const written = await readFile(reportPath, 'utf8').catch(() => undefined);
    if (written === undefined) {
      say('vitest ended before its report: failed');
      return vitest.exitCode || 1;
    }
    const report = reportSchema.parse(JSON.parse(written));
    // A file that failed before its first test has no failed test of its own, and counts as one.
    const failed =
      report.numFailedTests > 0 || report.success ? report.numFailedTests : Math.max(1, report.numFailedTestSuites);
    say(`${report.numPassedTests} passed, ${failed} failed, ${report.numPendingTests} skipped`);
    return vitest.exitCode ?? 1;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
