import type { Ground } from '../ground.ts';
import { bytesOfImage, largeImage } from '../image.ts';
import { limitsOf } from '../limit.ts';
import {
  bestPeer,
  cpu,
  inRounds,
  type Measure,
  measureOf,
  medianBy,
  memory,
  ratioBy,
  succeeded,
  verdict,
  wall,
} from '../rounds.ts';
import { runTool } from '../run-tool.ts';
import { type Case, type CaseResult, mebibyte, megabyte, type Sizes } from './case.ts';

/** One image of large layers into an empty registry: bytes, processor time and memory. */
export const coldLarge: Case = (ground, sizes) => coldCopy(ground, sizes, false);

/** The same through TLS on both sides, for those of the tools that take an authority. */
export const coldLargeTls: Case = (ground, sizes) => coldCopy(ground, sizes, true);

async function coldCopy(ground: Ground, { large, rounds }: Sizes, tls: boolean): Promise<CaseResult> {
  const image = largeImage(large.layers, large.mebibytes * mebibyte);
  const bytes = bytesOfImage(image);
  const gigabytes = bytes / 1e9;
  const title = `cold, ${large.layers} x ${large.mebibytes} MB${tls ? ', TLS' : ''}`;
  ground.say(title);
  const source = await ground.startSource([image], tls);
  const tools = ground.tools.filter((tool) => tool.copies !== 'many' && (!tls || tool.tls));
  const contenders = tools.map((tool) => ({
    ...tool,
    run: async () => {
      const target = await ground.startRegistry(tls);
      const run = await runTool(ground, tool, { images: [image], source, target, tls });
      await target.stop();
      return run;
    },
  }));
  const limits = limitsOf(ground).map(({ name, run }) => ({ name, kind: 'limit' as const, run: () => run(bytes) }));
  const measures = await inRounds(rounds, [...contenders, ...(tls ? [] : limits)], ground.say);
  await source.stop();
  const rows = measures.map((each) => [
    each.name,
    (bytes / megabyte / (medianBy(each, wall) / 1000)).toFixed(0),
    (medianBy(each, cpu) / gigabytes).toFixed(2),
    (medianBy(each, memory) / megabyte).toFixed(0),
    (medianBy(each, (run) => run.registriesCpuSeconds) / gigabytes).toFixed(2),
    succeeded(each),
  ]);
  const columns = ['', 'MB/s', 'CPU s/GB', 'RSS MB', 'registries CPU s/GB', 'runs'];
  return { tables: [{ title, columns, rows }], findings: findingsOf(title, measures), details: { title, measures } };
}

function findingsOf(title: string, measures: readonly Measure[]): string[] {
  const ours = measureOf(measures, 'landfall mirror');
  if (ours === undefined) return [`${title}: landfall mirror did not succeed: NOT held`];
  const [fastest, crane] = [bestPeer(measures, wall), measureOf(measures, 'crane')];
  const raw = measures.find(({ kind }) => kind === 'limit');
  return [
    ...(fastest === undefined
      ? []
      : [
          verdict(`${title}: time, as a part of the fastest peer's (${fastest.name})`, ratioBy(ours, fastest, wall), 1),
        ]),
    ...(crane === undefined ? [] : [verdict(`${title}: CPU, as a part of crane's`, ratioBy(ours, crane, cpu), 0.5)]),
    ...(crane === undefined || raw === undefined
      ? []
      : [`${title}: the raw copy alone takes ${ratioBy(raw, crane, cpu).toFixed(2)} of crane's CPU`]),
    verdict(`${title}: peak RSS`, medianBy(ours, memory) / megabyte, 150, ' MB'),
  ];
}
