import { systemClock } from '../../../contract/index.ts';
import { percentile, verdict } from '../figures.ts';
import type { Ground } from '../ground.ts';
import { forgetInstall, type LoopRunner, withLoopRunner } from '../loop-runner.ts';
import type { Case } from './case.ts';

/** Each edited once: a field that is set back again and again is left, and somebody told. */
const nameOf = (edit: number): string => `edited-${edit}`;
const limit = 3;

/** Somebody edits a Deployment by hand, among many releases: when the runner says so, and when the API server shows it corrected. */
export const drift: Case = async (ground, { releases, edits }) => {
  await forgetInstall(ground);
  const [namespace, workDir] = [await ground.namespace(), await ground.folder('runner')];
  const runs: { detectedMs: number; correctedMs: number }[] = [];
  const [image = ''] = ground.chart.images;
  const objects = Array.from({ length: edits }, (_, edit) => deployment(nameOf(edit), namespace, image));
  const editAndLook = async (runner: LoopRunner): Promise<void> => {
    await runner.reach({ sequence: 1, version: '1.0.0', namespace, releases, manifests: 'objects' }, 900_000);
    for (let i = 0; i < edits; i++) {
      await runner.quiet();
      const told = runner.line((line) => line.happened === 'event' && line.reason === 'ManifestsCorrected', 30_000);
      const start = performance.now();
      const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${nameOf(i)}`;
      await ground.admin.call('PATCH', path, { spec: { revisionHistoryLimit: limit + 1 } });
      const [detectedMs, correctedMs] = await Promise.all([
        told.then(() => performance.now() - start),
        corrected(ground, path).then(() => performance.now() - start),
      ]);
      runs.push({ detectedMs, correctedMs });
    }
  };
  await withLoopRunner(ground, workDir, editAndLook, objects);
  const detected = runs.map((run) => run.detectedMs);
  const correctedAt = runs.map((run) => run.correctedMs);
  const title = `a Deployment edited by hand, beside ${releases} releases (${edits} times)`;
  const row = (what: string, times: readonly number[]): string[] => [
    what,
    percentile(times, 0.5).toFixed(0),
    percentile(times, 0.95).toFixed(0),
  ];
  const table = {
    title,
    columns: ['', 'p50 ms', 'p95 ms'],
    rows: [row('detected', detected), row('corrected', correctedAt)],
  };
  const findings = [
    verdict('drift: detected (p95)', percentile(detected, 0.95), 2000, ' ms'),
    verdict('drift: corrected (p95)', percentile(correctedAt, 0.95), 5000, ' ms'),
  ];
  return { rows: [], tables: [table], findings, details: { runs } };
};

async function corrected(ground: Ground, path: string): Promise<void> {
  for (const deadline = performance.now() + 30_000; performance.now() < deadline;) {
    const { body } = await ground.admin.call('GET', path);
    if (JSON.stringify(body).includes(`"revisionHistoryLimit":${limit},`)) return;
    await systemClock.sleep(10);
  }
  throw new Error('it was not corrected in 30 s');
}

function deployment(name: string, namespace: string, image: string): object {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas: 0,
      revisionHistoryLimit: limit,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'app', image }] } },
    },
  };
}
