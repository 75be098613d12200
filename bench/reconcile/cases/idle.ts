import { systemClock } from '../../../contract/index.ts';
import { verdict } from '../figures.ts';
import { forgetInstall, withLoopRunner } from '../loop-runner.ts';
import type { Case } from './case.ts';

/** Many releases, and nothing happens for long: what the runner costs then. */
export const idle: Case = async (ground, { idle: { releases, seconds } }) => {
  await forgetInstall(ground);
  const [namespace, workDir] = [await ground.namespace(), await ground.folder('runner')];
  const wanted = { sequence: 1, version: '1.0.0', namespace, releases };
  ground.say(`  installing ${releases} releases`);
  await withLoopRunner(ground, workDir, (runner) => runner.reach(wanted, 3_600_000));
  // What is measured has not installed them: it has found them.
  return withLoopRunner(ground, workDir, async (runner) => {
    await runner.reach(wanted, 900_000);
    await runner.quiet();
    ground.say(`  idle for ${seconds} s`);
    await ground.audit.forget();
    const [before, start] = [await runner.cpu(), performance.now()];
    const memory: number[] = [];
    for (let second = 0; second < seconds; second++) {
      await systemClock.sleep(1000);
      memory.push((await runner.memory()).now);
    }
    const elapsed = (performance.now() - start) / 1000;
    const cpuSeconds = (await runner.cpu()).withChildren - before.withChildren;
    const requests = (await ground.audit.requests()).length;
    const [share, rss] = [(100 * cpuSeconds) / elapsed, Math.max(...memory) / 1e6];
    const title = `${releases} releases, idle for ${seconds} s`;
    const table = {
      title,
      columns: ['% of one core', 'RSS MB', 'API requests'],
      rows: [[share.toFixed(2), rss.toFixed(0), `${requests} (the lease among them)`]],
    };
    const findings = [verdict(`${title}: part of one core`, share, 5, ' %'), verdict(`${title}: RSS`, rss, 250, ' MB')];
    return {
      rows: [],
      tables: [table],
      findings,
      details: { cpuSeconds, elapsed, requests, memory: Math.max(...memory) },
    };
  });
};
