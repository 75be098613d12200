import { medianOf } from '../../measure.ts';
import { countOf } from '../audit.ts';
import { ratio, verdict } from '../figures.ts';
import type { Ground } from '../ground.ts';
import { runHelmPool } from '../helm-pool.ts';
import { forgetInstall, withLoopRunner } from '../loop-runner.ts';
import type { Case } from './case.ts';

type Run = { wallMs: number; cpuSeconds: number; clusterCpuSeconds: number; requests: number; peakRssBytes?: number };
type OurRun = Run & { ownCpuSeconds: number; asked: Record<string, number> };

const widths = [2, 4, 8] as const;

/** So many small releases into an empty namespace: our runner, which also waits until they are healthy, beside a plain pool of helm processes. */
export const install: Case = async (ground, { rounds, releases }) => {
  const pools = widths.map((width) => ({ name: `helm pool of ${width}`, runs: new Array<Run>(), width }));
  const ours: OurRun[] = [];
  const home = await ground.folder('pool-home');
  const workDir = await ground.folder('runner');
  // Both have met this API server before: what they keep of it on disk is there.
  await runHelmPool(ground, { home, namespace: await ground.namespace(), releases: 1, width: 1 });
  await runOurs(ground, workDir, 1);
  for (let round = 1; round <= rounds; round++) {
    ours.push(await runOurs(ground, workDir, releases));
    for (const pool of pools) pool.runs.push(await runPool(ground, home, releases, pool.width));
    const all = [{ name: 'landfall', runs: ours }, ...pools];
    for (const { name, runs } of all)
      ground.say(`  ${name}, ${round} of ${rounds}: ${Math.round(runs.at(-1)?.wallMs ?? 0)} ms`);
  }
  const best = pools.toSorted((a, b) => median(a.runs, 'wallMs') - median(b.runs, 'wallMs'))[0];
  const title = `install ${releases} small releases`;
  const row = (name: string, runs: readonly Run[]): string[] => [
    name,
    (median(runs, 'wallMs') / 1000).toFixed(2),
    median(runs, 'cpuSeconds').toFixed(1),
    median(runs, 'clusterCpuSeconds').toFixed(1),
    median(runs, 'requests').toFixed(0),
    name === 'landfall' ? (median(runs, 'peakRssBytes') / 1e6).toFixed(0) : '',
  ];
  const table = {
    title,
    columns: ['', 's', 'CPU s', 'cluster CPU s', 'API requests', 'RSS MB'],
    rows: [row('landfall', ours), ...pools.map(({ name, runs }) => row(name, runs))],
  };
  const findings =
    best === undefined
      ? []
      : [
          verdict(`${title}: time, as a part of the best pool's (${best.name})`, ratio(ours, best.runs, 'wallMs'), 1),
          verdict(`${title}: CPU, as a part of the best pool's`, ratio(ours, best.runs, 'cpuSeconds'), 1),
          'Flux, which cannot be had here, did 100 in 11.5 s and 10.5 CPU s where a pool of 4 did about 12 s (../shared facts: another day, this kind of machine)',
        ];
  return { rows: [], tables: [table], findings, details: { ours, pools } };
};

async function runOurs(ground: Ground, workDir: string, releases: number): Promise<OurRun> {
  await forgetInstall(ground);
  const namespace = await ground.namespace();
  return withLoopRunner(ground, workDir, async (runner) => {
    await ground.audit.forget();
    const [before, cluster] = [await runner.cpu(), await ground.clusterCpu()];
    const start = performance.now();
    await runner.reach({ sequence: 1, version: '1.0.0', namespace, releases }, 600_000);
    const wallMs = performance.now() - start;
    const after = await runner.cpu();
    const asked = await ground.audit.requests();
    return {
      wallMs,
      cpuSeconds: after.withChildren - before.withChildren,
      clusterCpuSeconds: (await ground.clusterCpu()) - cluster,
      requests: asked.length,
      ownCpuSeconds: after.own - before.own,
      asked: countOf(asked),
      peakRssBytes: (await runner.memory()).peak,
    };
  });
}

async function runPool(ground: Ground, home: string, releases: number, width: number): Promise<Run> {
  const namespace = await ground.namespace();
  await ground.audit.forget();
  const cluster = await ground.clusterCpu();
  const run = await runHelmPool(ground, { home, namespace, releases, width });
  const clusterCpuSeconds = (await ground.clusterCpu()) - cluster;
  return { ...run, clusterCpuSeconds, requests: (await ground.audit.requests()).length };
}

function median(runs: readonly Run[], figure: keyof Run): number {
  return medianOf(runs.map((run) => run[figure] ?? Number.NaN));
}
