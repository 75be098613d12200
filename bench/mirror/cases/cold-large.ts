import { bytesOfImage, largeImage } from '../image.ts';
import { bestPeer, inRounds, type Measure, measureOf, medianBy, ratioBy, verdict } from '../rounds.ts';
import { type Run, runTool } from '../run-tool.ts';
import { type Case, mebibyte, megabyte } from './case.ts';

const wall = (run: Run): number => run.wallMs;
const cpu = (run: Run): number => run.cpuSeconds;

/** One image of large layers into an empty registry: bytes, processor time and memory. */
export const coldLarge: Case = (ground, sizes) => coldCopy(ground, sizes, false);

/** The same through TLS on both sides, for those of the tools that take an authority by option or environment. */
export const coldLargeTls: Case = (ground, sizes) => coldCopy(ground, sizes, true);

async function coldCopy(...[ground, { large, rounds }, tls]: [...Parameters<Case>, boolean]): ReturnType<Case> {
  const image = largeImage(large.layers, large.mebibytes * mebibyte);
  const gigabytes = bytesOfImage(image) / 1e9;
  const title = `cold, ${large.layers} x ${large.mebibytes} MB${tls ? ', TLS' : ''}`;
  ground.say(title);
  const source = await ground.startSource([image], tls);
  const tools = ground.tools.filter((tool) => tool.name !== 'regsync' && (!tls || tool.tls));
  const measures = await inRounds(
    rounds,
    tools,
    async (tool) => {
      const target = await ground.startRegistry(tls);
      const run = await runTool(ground, tool, { images: [image], source, target, tls });
      await target.stop();
      return run;
    },
    ground.say,
  );
  await source.stop();
  const rows = measures.map((each) => [
    each.tool,
    ((gigabytes * 1e9) / megabyte / (medianBy(each, wall) / 1000)).toFixed(0),
    (medianBy(each, cpu) / gigabytes).toFixed(2),
    (medianBy(each, (run) => run.peakRssBytes) / megabyte).toFixed(0),
    (medianBy(each, (run) => run.registriesCpuSeconds) / gigabytes).toFixed(2),
    succeeded(each),
  ]);
  const columns = ['', 'MB/s', 'CPU s/GB', 'RSS MB', 'CPU s/GB of the registries', 'runs'];
  return { tables: [{ title, columns, rows }], findings: findingsOf(title, measures), details: { title, measures } };
}

function findingsOf(title: string, measures: readonly Measure[]): string[] {
  const [ours, fastest, crane] = [
    measureOf(measures, 'landfall mirror'),
    bestPeer(measures, wall),
    measureOf(measures, 'crane'),
  ];
  if (ours === undefined) return [`${title}: landfall mirror did not succeed`];
  return [
    ...(fastest === undefined
      ? []
      : [verdict(`${title}: time as a part of the fastest peer's (${fastest.tool})`, ratioBy(ours, fastest, wall), 1)]),
    ...(crane === undefined ? [] : [verdict(`${title}: CPU as a part of crane's`, ratioBy(ours, crane, cpu), 0.5)]),
    verdict(`${title}: peak RSS`, medianBy(ours, (run) => run.peakRssBytes) / megabyte, 150, ' MB'),
  ];
}

export function succeeded({ runs }: Measure): string {
  return `${runs.filter(({ ok }) => ok).length}/${runs.length}`;
}
