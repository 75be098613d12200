import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireEngines, simulatedCluster } from '../../../dev/index.ts';
import { play } from './play.ts';
import { createRealStage } from './testing/stage.ts';
import { openRealWorld, type RealWorld } from './testing/world.ts';
import { themes } from './table.ts';

const engines = await requireEngines(...simulatedCluster, 'helm', 'tofu', 'moto', 'registry');
const onReal = Object.entries(themes).map(
  ([theme, rows]) => [theme, rows.filter(({ real }) => real === true)] as const,
);

describe.skipIf(!engines.available)('with the real Helm, OpenTofu and registries on a real API server', () => {
  let world: RealWorld;
  beforeAll(async () => {
    world = await openRealWorld(engines);
  });
  afterAll(() => world?.close());

  describe.each(onReal)('%s', (_, rows) => {
    it.each(rows.map((row) => [row.says, row] as const))('%s', async (_says, row) => {
      const stage = await createRealStage(world);
      try {
        const { seen, wanted } = await play(stage, row);
        expect(seen).toEqual(wanted);
      } finally {
        await stage.close();
      }
    });
  });
});
