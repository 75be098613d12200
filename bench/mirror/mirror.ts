import type { Bench } from '../measure.ts';
import { type Case, fullSizes, quickSizes } from './cases/case.ts';
import { changedLayer } from './cases/changed-layer.ts';
import { coldLarge, coldLargeTls } from './cases/cold-large.ts';
import { faults } from './cases/faults.ts';
import { flatMemory } from './cases/flat-memory.ts';
import { manyTags } from './cases/many-tags.ts';
import { openGround } from './ground.ts';

const cases: ReadonlyMap<string, Case> = new Map([
  ['large', coldLarge],
  ['tls', coldLargeTls],
  ['tags', manyTags],
  ['changed', changedLayer],
  ['faults', faults],
  ['flat', flatMemory],
]);

/** The mirror beside crane, regctl, regsync and skopeo: same registries, same content, same run. */
export const mirrorBench: Bench = async ({ say, quick, only }) => {
  const chosen = [...cases].filter(([name]) => only.length === 0 || only.includes(name));
  if (chosen.length === 0) throw new Error(`the cases are ${[...cases.keys()].join(', ')}`);
  const ground = await openGround(say);
  try {
    const results = [];
    for (const [name, run] of chosen) results.push({ name, ...(await run(ground, quick ? quickSizes : fullSizes)) });
    const { inMemory } = ground.scratch;
    return {
      rows: [],
      tables: results.flatMap(({ tables }) => tables),
      findings: [
        ...ground.missing.map((peer) => `MISSING peer, nothing is compared with it: ${peer}`),
        ...(inMemory ? [] : ['the registries store on a DISK here: there is no tmpfs']),
        ...results.flatMap(({ findings }) => findings),
      ],
      details: {
        versions: ground.versions,
        missing: ground.missing,
        registriesInMemory: inMemory,
        cases: Object.fromEntries(results.map(({ name, details }) => [name, details])),
      },
    };
  } finally {
    await ground.close();
  }
};
