import { medianOf } from '../../measure.ts';
import type { Asked } from '../audit.ts';
import { verdict } from '../figures.ts';
import { forgetInstall, withLoopRunner } from '../loop-runner.ts';
import type { Case } from './case.ts';

type Pass = { ms: number; requests: number; helmProcesses: number };

/** One pass over releases that are already right: of a runner that has been there, and the first one of a new runner. */
export const unchanged: Case = async (ground, { releases, passes }) => {
  await forgetInstall(ground);
  const [namespace, workDir] = [await ground.namespace(), await ground.folder('runner')];
  const wanted = { sequence: 1, version: '1.0.0', namespace, releases };
  const runs: Pass[] = [];
  await withLoopRunner(ground, workDir, async (runner) => {
    let { helmCalls } = await runner.reach(wanted, 900_000);
    await runner.quiet();
    for (let i = 0; i < passes; i++) {
      await ground.audit.forget();
      const pass = await runner.pass();
      const requests = withoutLease(await ground.audit.requests()).length;
      runs.push({ ms: pass.ms, requests, helmProcesses: pass.helmCalls - helmCalls });
      helmCalls = pass.helmCalls;
    }
  });
  await ground.audit.forget();
  const first = await withLoopRunner(ground, workDir, (runner) => runner.reach(wanted, 300_000));
  const asked = withoutLease(await ground.audit.requests());
  const title = `${releases} releases already right`;
  const [ms, requests] = [medianOf(runs.map((run) => run.ms)), Math.max(...runs.map((run) => run.requests))];
  const helms = runs.reduce((sum, run) => sum + run.helmProcesses, 0);
  const table = {
    title,
    columns: ['', 'ms', 'API requests', 'helm processes'],
    rows: [
      [`a pass (median of ${passes}; the most requests)`, ms.toFixed(1), String(requests), String(helms)],
      ['the first pass of a new runner', first.ms.toFixed(0), String(asked.length), String(first.helmCalls)],
    ],
  };
  const findings = [
    verdict(`${title}: one pass`, ms, 1000, ' ms'),
    verdict(`${title}: API requests`, requests, 20),
    verdict(`${title}: helm processes of all passes`, helms, 1),
  ];
  return { rows: [], tables: [table], findings, details: { runs, first: { ...first, requests: asked.length } } };
};

/** The lease is renewed beside it whatever is reconciled. */
function withoutLease(asked: readonly Asked[]): Asked[] {
  return asked.filter(({ resource }) => resource !== 'leases');
}
