import { blobOf } from '../blob.ts';
import { imageOf } from '../image.ts';
import { fetched, inRounds, measureOf, medianBy, requests, succeeded, verdict, wall } from '../rounds.ts';
import { runTool } from '../run-tool.ts';
import { type Case, mebibyte } from './case.ts';

/** A second version of an image of which one layer differs, into a registry that holds the first: what is fetched for it. */
export const changedLayer: Case = async (ground, { changed, rounds }) => {
  const size = changed.mebibytes * mebibyte;
  const layers = Array.from({ length: changed.layers }, (_, at) => blobOf(`stays ${at}`, size));
  const next = [...layers.slice(0, -1), blobOf('changed', size)];
  const [before, after] = [imageOf('bench/changed', 'v1', layers), imageOf('bench/changed', 'v2', next)];
  const title = `1 of ${changed.layers} layers changed, ${changed.mebibytes} MB each`;
  ground.say(title);
  const source = await ground.startSource([before, after]);
  const contenders = ground.tools
    .filter(({ copies }) => copies !== 'many')
    .map((tool) => ({
      ...tool,
      run: async () => {
        const target = await ground.startSource([before]);
        const run = await runTool(ground, tool, { images: [after], source, target });
        await target.stop();
        return run;
      },
    }));
  const measures = await inRounds(rounds, contenders, ground.say);
  await source.stop();
  const part = (bytes: number): number => bytes / size;
  const ours = measureOf(measures, 'landfall mirror');
  return {
    tables: [
      {
        title,
        columns: ['', 'bytes fetched, as a part of the layer', 'requests', 'ms', 'runs'],
        rows: measures.map((each) => [
          each.name,
          part(medianBy(each, fetched)).toFixed(4),
          String(medianBy(each, requests)),
          medianBy(each, wall).toFixed(0),
          succeeded(each),
        ]),
      },
    ],
    findings:
      ours === undefined
        ? ['changed layer: landfall mirror did not succeed']
        : [verdict('changed layer: bytes moved', part(medianBy(ours, fetched)), 1.01, ' of the layer')],
    details: { measures },
  };
};
