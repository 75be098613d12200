import { describeError, LandfallError } from '../../contract/index.ts';
import { leftovers } from '../story/index.ts';
import { installSteps } from './steps-install.ts';
import { lifeSteps } from './steps-life.ts';
import { prepareSteps } from './steps-prepare.ts';
import { gapsLine } from './prober.ts';
import type { Stage } from './stage.ts';
import { runSteps, type Step, type StepResult, summaryTable } from './step-list.ts';

export type DemoOptions = {
  /** Leave everything running and print where it is, until Ctrl-C. */
  keep: boolean;
  /** `kwok`: simulated nodes even where real ones are possible. */
  nodes: 'auto' | 'kwok';
  terminal: boolean;
};

/** The way of one release, end to end. Answers with the exit code: 0 only if every step held. */
export async function runDemo({ keep, nodes, terminal }: DemoOptions): Promise<number> {
  const stage: Stage = {};
  const results: StepResult[] = [];
  let failure: unknown = null;
  const begun = performance.now();
  try {
    await runSteps(stage, [...prepareSteps, ...installSteps({ keep, nodes }), ...lifeSteps], results, terminal);
  } catch (error) {
    failure = error;
  }
  await stage.prober?.stop();
  const gaps = stage.prober === undefined ? null : gapsLine(stage.prober);
  if (keep && stage.world !== undefined) await keepRunning(stage);
  try {
    await runSteps(stage, [teardown], results, terminal);
  } catch (error) {
    failure ??= error;
  }
  console.log(`\n${summaryTable(results)}`);
  console.log(`whole demo: ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  if (gaps !== null) console.log(gaps);
  if (failure === null) return 0;
  const hint = failure instanceof LandfallError ? `\nnext: ${failure.hint}` : '';
  console.error(`\nThe demo failed: ${describeError(failure)}${hint}`);
  return 1;
}

const teardown: Step<Stage> = {
  title: 'Teardown',
  async run(stage) {
    await stage.vendor?.stop();
    await stage.world?.stop();
    const left = stage.world === undefined ? [] : await leftovers(stage.world);
    if (left.length > 0) throw new LandfallError('LF-DEMO-002', `left over: ${left.join('; ')}`);
    return 'no process, mount, bridge or folder is left';
  },
};

async function keepRunning(stage: Stage): Promise<void> {
  const { world, vendor } = stage;
  if (world === undefined) return;
  console.log(`\nLeft running until Ctrl-C:
  control plane    ${vendor?.controlPlane.url ?? '-'}  (admin token ${vendor?.controlPlane.adminToken ?? '-'})
  API server       ${world.cluster.endpoint}  (KUBECONFIG=${world.cluster.adminKubeconfigPath})
  AWS stand-in     ${world.cloud.endpoint}
  mirror           ${world.cloud.registry.host}
  logs and files   ${world.dir}`);
  await new Promise<void>((resolve) => {
    const alive = setInterval(() => undefined, 60_000);
    process.once('SIGINT', () => {
      clearInterval(alive);
      resolve();
    });
  });
}
