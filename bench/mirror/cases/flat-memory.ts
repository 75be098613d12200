import { blobOf } from '../blob.ts';
import { imageOf } from '../image.ts';
import { inRounds, measureOf, medianBy, verdict } from '../rounds.ts';
import { type Run, runTool } from '../run-tool.ts';
import { type Case, mebibyte, megabyte } from './case.ts';
import { succeeded } from './cold-large.ts';

const peak = (run: Run): number => run.peakRssBytes / megabyte;

/** One small and one very large blob: memory must not know the difference. */
export const flatMemory: Case = async (ground, { flat: [small, large], rounds }) => {
  const tools = ground.tools.filter(({ ours, name }) => ours || name === 'crane');
  const measured = [];
  for (const size of [small, large]) {
    const image = imageOf(`bench/flat-${size}`, 'v1', [blobOf(`flat ${size}`, size * mebibyte)]);
    ground.say(`one blob of ${size} MB`);
    const source = await ground.startSource([image]);
    const once = async (tool: (typeof tools)[number]): Promise<Run> => {
      const target = await ground.startRegistry();
      const run = await runTool(ground, tool, { images: [image], source, target });
      await target.stop();
      return run;
    };
    measured.push({ size, measures: await inRounds(rounds, tools, once, ground.say) });
    await source.stop();
  }
  const [one, other] = measured;
  if (one === undefined || other === undefined) throw new Error('two sizes are wanted');
  const pairs = tools.map(({ name }) => ({
    name,
    small: measureOf(one.measures, name),
    large: measureOf(other.measures, name),
  }));
  const grown = pairs.flatMap(({ name, small, large }) =>
    name === 'landfall mirror' && small !== undefined && large !== undefined
      ? [medianBy(large, peak) - medianBy(small, peak)]
      : [],
  );
  return {
    tables: [
      {
        title: `one blob of ${small} MB and one of ${large} MB`,
        columns: ['', `RSS MB at ${small} MB`, `RSS MB at ${large} MB`, 'runs'],
        rows: pairs.flatMap(({ name, small, large }) =>
          small === undefined || large === undefined
            ? [[name, 'failed', 'failed', '']]
            : [[name, medianBy(small, peak).toFixed(0), medianBy(large, peak).toFixed(0), succeeded(large)]],
        ),
      },
    ],
    findings: grown.map((more) => verdict(`memory: more for ${large} MB than for ${small} MB`, more, 20, ' MB')),
    details: { measured },
  };
};
