import { join } from 'node:path';
import * as z from 'zod';
import { systemClock } from '../../../contract/index.ts';
import { readDevConfig } from '../../../dev/config.ts';
import { startControlPlaneProcess } from '../../../dev/story/control-plane-process.ts';
import { readInstallReport } from '../../../dev/story/index.ts';
import { ensureTools } from '../../../dev/tools/ensure-tools.ts';
import { waitUntil } from '../../../dev/index.ts';
import { install, type KillWorld, startKillWorld } from '../../../test/e2e/support-kill/kill-world.ts';
import { startRunnerProcess } from '../../../test/e2e/support-kill/runner-process.ts';
import { percentile, verdict } from '../figures.ts';
import { cpuOf, memoryOf } from '../proc.ts';
import type { Case } from './case.ts';

const journalPath = '/api/v1/namespaces/landfall-system/configmaps/lf-journal';
const journalSchema = z.object({ entries: z.array(z.object({ kind: z.string(), at: z.string() })) });
/** The first of them is the first thing done to the product. */
const acts = /^(helm|terraform|manifests|job)-/;

/**
 * The whole way: a real control plane, a real runner beside it, a release that is promoted. From the vendor's last request to the first engine that
 * is started, as the runner's journal in the customer's cluster has it. Then the same runner at rest.
 */
export const publish: Case = async ({ say }, { publishes, idle }) => {
  const config = readDevConfig();
  const tool = await ensureTools(['helm', 'tofu'], { config, clock: systemClock, say });
  const world = await startKillWorld({ helm: tool('helm'), tofu: tool('tofu') }, startControlPlaneProcess);
  const { workDir } = world.config;
  const logPath = join(world.world.dir, 'runner.log');
  const runner = await startRunnerProcess({ ...world, workDir, logPath });
  try {
    const runs: number[] = [];
    for (let i = 0; i <= publishes; i++) {
      const version = `1.${i}.0`;
      const asked = await world.publish(version);
      await reached(world, version);
      const began = await firstAct(world, asked);
      // The first finds an empty account and a mirror with nothing in it.
      if (i > 0) runs.push(began - asked);
    }
    const [restCpu, start] = [await cpuOf(runner.pid), performance.now()];
    const memory: { now: number; anonymous: number }[] = [];
    for (let second = 0; second < Math.min(idle.seconds, 60); second++) {
      await systemClock.sleep(1000);
      memory.push(await memoryOf(runner.pid));
    }
    const rest = (performance.now() - start) / 1000;
    const share = (100 * ((await cpuOf(runner.pid)).withChildren - restCpu.withChildren)) / rest;
    const half = (numbers: readonly number[]): number => percentile(numbers, 0.5) / 1e6;
    const rss = half(memory.map(({ now }) => now));
    const anonymous = half(memory.map((each) => each.anonymous));
    const [p50, p95] = [percentile(runs, 0.5), percentile(runs, 0.95)];
    return {
      rows: [],
      tables: [
        {
          title: `publish -> first apply starts, warm mirror (${publishes} releases)`,
          columns: ['', 'p50 ms', 'p95 ms'],
          rows: [['promoted -> an engine is started', p50.toFixed(0), p95.toFixed(0)]],
        },
        {
          title: `the whole runner at rest for ${rest.toFixed(0)} s, 3 components`,
          columns: ['RSS MB', 'of it anonymous', '% of one core'],
          rows: [[rss.toFixed(0), anonymous.toFixed(0), share.toFixed(2)]],
        },
      ],
      findings: [
        verdict('publish -> first apply (p95)', p95, 1000, ' ms'),
        verdict('the runner at rest: RSS', rss, 100, ' MB'),
      ],
      details: { runs, memory, share },
    };
  } finally {
    await runner.stop();
    await world.close();
  }
};

async function reached({ api }: KillWorld, version: string): Promise<void> {
  const there = async (): Promise<boolean> => {
    const report = await readInstallReport(api, install);
    return report?.observed?.version === version && report.conditions.some(isReady);
  };
  await waitUntil(there, { what: `${version} is there`, timeoutMs: 120_000 });
}

const isReady = ({ type, status }: { type: string; status: string }): boolean => type === 'Ready' && status === 'True';

async function firstAct({ world }: KillWorld, since: number): Promise<number> {
  const { body } = await world.cluster.admin.call('GET', journalPath);
  const { data } = z.object({ data: z.object({ 'value.json': z.string() }) }).parse(body);
  const { entries } = journalSchema.parse(JSON.parse(data['value.json']));
  const times = entries.filter(({ kind }) => acts.test(kind)).map(({ at }) => Date.parse(at));
  const first = Math.min(...times.filter((at) => at >= since));
  if (!Number.isFinite(first)) throw new Error('nothing was done to the product');
  return first;
}
