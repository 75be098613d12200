import { blobOf } from '../blob.ts';
import type { Ground } from '../ground.ts';
import { imageOf } from '../image.ts';
import { inRounds, type Measure, measureOf, medianBy, memory, succeeded, verdict } from '../rounds.ts';
import { runTool } from '../run-tool.ts';
import { type Case, mebibyte, megabyte } from './case.ts';

/** One small and one very large blob: memory must not know the difference. */
export const flatMemory: Case = async (ground, { flat: [small, large], rounds }) => {
  const [ofSmall, ofLarge] = [await oneBlob(ground, small, rounds), await oneBlob(ground, large, rounds)];
  const peak = (measure: Measure): number => medianBy(measure, memory) / megabyte;
  const [before, after] = [measureOf(ofSmall, 'landfall mirror'), measureOf(ofLarge, 'landfall mirror')];
  return {
    tables: [
      {
        title: `one blob of ${small} MB and one of ${large} MB`,
        columns: ['', `RSS MB at ${small} MB`, `RSS MB at ${large} MB`, 'runs'],
        rows: ofSmall.map((each, at) => {
          const other = ofLarge[at] ?? each;
          return [each.name, peak(each).toFixed(0), peak(other).toFixed(0), succeeded(other)];
        }),
      },
    ],
    findings:
      before === undefined || after === undefined
        ? ['memory: landfall mirror did not succeed: NOT held']
        : [verdict(`memory: more for ${large} MB than for ${small} MB`, peak(after) - peak(before), 20, ' MB')],
    details: { ofSmall, ofLarge },
  };
};

async function oneBlob(ground: Ground, size: number, rounds: number): Promise<Measure[]> {
  const image = imageOf(`bench/flat-${size}`, 'v1', [blobOf(`flat ${size}`, size * mebibyte)]);
  ground.say(`one blob of ${size} MB`);
  const source = await ground.startSource([image]);
  const contenders = ground.tools
    .filter(({ copies, kind, name }) => copies !== 'many' && (kind === 'ours' || name === 'crane'))
    .map((tool) => ({
      ...tool,
      run: async () => {
        const target = await ground.startRegistry();
        const run = await runTool(ground, tool, { images: [image], source, target });
        await target.stop();
        return run;
      },
    }));
  const measures = await inRounds(rounds, contenders, ground.say);
  await source.stop();
  return measures;
}
