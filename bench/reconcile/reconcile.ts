import type { Bench } from '../measure.ts';
import { type Case, fullSizes, quickSizes } from './cases/case.ts';
import { drift } from './cases/drift.ts';
import { idle } from './cases/idle.ts';
import { install } from './cases/install.ts';
import { publish } from './cases/publish.ts';
import { unchanged } from './cases/unchanged.ts';
import { openReconcileGround } from './ground.ts';

const cases: ReadonlyMap<string, Case> = new Map([
  ['unchanged', unchanged],
  ['install', install],
  ['drift', drift],
  ['publish', publish],
  ['idle', idle],
]);

/** The reconciler on a real API server, beside a plain pool of helm processes: same cluster, same chart, same run. */
export const reconcileBench: Bench = async ({ say, quick, only }) => {
  const chosen = [...cases].filter(([name]) => only.length === 0 || only.includes(name));
  if (chosen.length === 0) throw new Error(`the cases are ${[...cases.keys()].join(', ')}`);
  const ground = await openReconcileGround(say);
  try {
    const results = [];
    for (const [name, run] of chosen) {
      say(name);
      results.push({ name, ...(await run(ground, quick ? quickSizes : fullSizes)) });
    }
    return {
      rows: results.flatMap(({ rows }) => rows),
      tables: results.flatMap(({ tables }) => tables),
      findings: results.flatMap(({ findings }) => findings),
      details: { cases: Object.fromEntries(results.map(({ name, details }) => [name, details])) },
    };
  } finally {
    await ground.close();
  }
};
