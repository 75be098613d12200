import * as z from 'zod';
import { systemClock } from '../../../contract/index.ts';
import { percentile, verdict } from '../figures.ts';
import type { Ground } from '../ground.ts';
import { forgetInstall, type LoopRunner, withLoopRunner } from '../loop-runner.ts';
import type { Case } from './case.ts';

const component = 'objects';
type Times = { detectedMs: number; correctedMs: number };
/** Whose Deployments are edited, each once: a field that is set back again and again is left, and somebody told. */
type Edited = {
  what: string;
  deployment: (edit: number) => string;
  told: (edit: number) => { component: string; reason: string };
};
const ofManifests: Edited = {
  what: 'of manifests',
  deployment: (edit) => `edited-${edit}`,
  told: () => ({ component, reason: 'ManifestsCorrected' }),
};
const ofChart: Edited = {
  what: 'of a chart',
  deployment: (edit) => `app-${edit}-small`,
  told: (edit) => ({ component: `app-${edit}`, reason: 'HelmRepair' }),
};

/**
 * Somebody sets another image in a Deployment by hand, among many releases: when the runner says so, and when the API server shows it
 * corrected. In turn one of a component of manifests and one of a chart whose drift is enforced.
 */
export const drift: Case = async (ground, { releases, edits }) => {
  await forgetInstall(ground);
  const [namespace, workDir] = [await ground.namespace(), await ground.folder('runner')];
  const kinds = [ofManifests, ofChart].map((edited) => ({ edited, runs: new Array<Times>() }));
  const [image = ''] = ground.chart.images;
  const objects = Array.from({ length: edits }, (_, edit) =>
    deployment(ofManifests.deployment(edit), namespace, image),
  );
  const wanted = {
    sequence: 1,
    version: '1.0.0',
    namespace,
    releases,
    manifests: component,
    drift: 'enforce',
  } as const;
  const editAll = async (runner: LoopRunner): Promise<void> => {
    await runner.reach(wanted, 900_000);
    for (let edit = 0; edit < edits; edit++) {
      for (const { edited, runs } of kinds) runs.push(await editOne(ground, runner, namespace, edited, edit));
    }
  };
  await withLoopRunner(ground, workDir, editAll, objects);
  const rows = kinds.flatMap(({ edited: { what }, runs }) => [
    { what, did: 'detected', times: runs.map((run) => run.detectedMs), limit: 2000 },
    { what, did: 'corrected', times: runs.map((run) => run.correctedMs), limit: 5000 },
  ]);
  const table = {
    title: `a Deployment edited by hand, beside ${releases} releases (${edits} times)`,
    columns: ['', 'p50 ms', 'p95 ms'],
    rows: rows.map(({ what, did, times }) => [
      `${what}: ${did}`,
      percentile(times, 0.5).toFixed(0),
      percentile(times, 0.95).toFixed(0),
    ]),
  };
  const findings = rows.map(({ what, did, times, limit }) =>
    verdict(`drift ${what}: ${did} (p95)`, percentile(times, 0.95), limit, ' ms'),
  );
  return {
    rows: [],
    tables: [table],
    findings,
    details: Object.fromEntries(kinds.map((k) => [k.edited.what, k.runs])),
  };
};

async function editOne(
  ground: Ground,
  runner: LoopRunner,
  namespace: string,
  edited: Edited,
  edit: number,
): Promise<Times> {
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${edited.deployment(edit)}`;
  await runner.quiet();
  const containers = await containersOf(ground, path);
  const wanted = edited.told(edit);
  const told = runner.line(
    (line) => line.happened === 'event' && line.reason === wanted.reason && line.component === wanted.component,
    30_000,
  );
  const changed = containers.map((container) => ({ ...container, image: 'registry.test/by-hand:2' }));
  const start = performance.now();
  const answer = await ground.admin.call('PATCH', path, { spec: { template: { spec: { containers: changed } } } });
  if (answer.status !== 200) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
  const since = (): number => performance.now() - start;
  const [detectedMs, correctedMs] = await Promise.all([
    told.then(since),
    corrected(ground, path, JSON.stringify(containers)).then(since),
  ]);
  return { detectedMs, correctedMs };
}

async function corrected(ground: Ground, path: string, containers: string): Promise<void> {
  for (const deadline = performance.now() + 30_000; performance.now() < deadline;) {
    if (JSON.stringify(await containersOf(ground, path)) === containers) return;
    await systemClock.sleep(10);
  }
  throw new Error('it was not corrected in 30 s');
}

const container = z.looseObject({ name: z.string(), image: z.string() });
const deploymentSchema = z.object({
  spec: z.object({ template: z.object({ spec: z.object({ containers: z.array(container).min(1) }) }) }),
});

async function containersOf({ admin }: Ground, path: string): Promise<z.infer<typeof container>[]> {
  const { body } = await admin.call('GET', path);
  return deploymentSchema.parse(body).spec.template.spec.containers;
}

function deployment(name: string, namespace: string, image: string): object {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'app', image }] } },
    },
  };
}
