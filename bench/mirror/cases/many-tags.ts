import { availableParallelism } from 'node:os';
import { manyImages } from '../image.ts';
import {
  bestPeer,
  cpu,
  inRounds,
  type Measure,
  measureOf,
  medianBy,
  memory,
  ratioBy,
  requests,
  succeeded,
  verdict,
  wall,
} from '../rounds.ts';
import { type Run, runTool } from '../run-tool.ts';
import { type Case, megabyte } from './case.ts';

/** Many tags of small layers with shared blobs: cold into an empty registry, then at once again with nothing to do. */
export const manyTags: Case = async (ground, { tags, rounds }) => {
  const images = manyImages(tags);
  ground.say(`${tags} tags, cold and warm`);
  const source = await ground.startSource(images);
  const again = new Map<string, Run[]>();
  const contenders = ground.tools
    .filter(({ copies }) => copies !== 'one')
    .map((tool) => ({
      ...tool,
      // Five times as long as any other: its one run says so.
      ...(tool.name === 'skopeo' ? { most: 1 } : {}),
      run: async () => {
        const target = await ground.startRegistry();
        const cold = await runTool(ground, tool, { images, source, target });
        // A limit does not look at what is there.
        if (tool.kind !== 'limit') {
          const warm = await runTool(ground, tool, { images, source, target });
          again.set(tool.name, [...(again.get(tool.name) ?? []), warm]);
        }
        await target.stop();
        return cold;
      },
    }));
  const cold = await inRounds(rounds, contenders, ground.say);
  await source.stop();
  const warm = cold
    .filter(({ kind }) => kind !== 'limit')
    .map((each): Measure => ({ ...each, runs: again.get(each.name) ?? [] }));
  return {
    tables: [
      { title: `cold, ${tags} tags of small layers with shared blobs`, columns, rows: cold.map(rowOf) },
      { title: `warm, the same ${tags}, nothing changed`, columns, rows: warm.map(rowOf) },
    ],
    findings: [...coldFindings(cold, tags), ...warmFindings(warm)],
    details: { cold, warm },
  };
};

const columns = ['', 's', 'requests', 'CPU s', 'RSS MB', 'registries CPU s', 'runs'];

function rowOf(measure: Measure): string[] {
  return [
    measure.name,
    (medianBy(measure, wall) / 1000).toFixed(2),
    String(medianBy(measure, requests)),
    medianBy(measure, cpu).toFixed(2),
    (medianBy(measure, memory) / megabyte).toFixed(0),
    medianBy(measure, (run) => run.registriesCpuSeconds).toFixed(2),
    succeeded(measure),
  ];
}

function coldFindings(measures: readonly Measure[], tags: number): string[] {
  const [ours, fastest] = [measureOf(measures, 'landfall mirror'), bestPeer(measures, wall)];
  if (ours === undefined) return ['cold tags: landfall mirror did not succeed: NOT held'];
  return [
    ...(fastest === undefined
      ? []
      : [
          verdict(
            `cold tags: time, as a part of the fastest peer's (${fastest.name})`,
            ratioBy(ours, fastest, wall),
            0.6,
          ),
        ]),
    ...(fastest === undefined ? [] : [floor(ours, fastest)]),
    ...measures
      .filter(({ kind }) => kind === 'limit' && fastest !== undefined)
      .map(
        (limit) =>
          `cold tags: ${limit.name} takes ${ratioBy(limit, fastest ?? limit, wall).toFixed(2)} of the fastest peer's time`,
      ),
    verdict('cold tags: requests', medianBy(ours, requests), 8.5 * tags),
  ];
}

/** What no tool can be under that makes these requests: both registries answering them, on all cores, while the tool costs nothing. */
function floor(ours: Measure, fastest: Measure): string {
  const cores = availableParallelism();
  const seconds = (run: Run): number => run.registriesCpuSeconds / cores;
  const part = medianBy(ours, seconds) / (medianBy(fastest, wall) / 1000);
  return `cold tags: answering our requests alone takes the registries ${part.toFixed(2)} of the fastest peer's time on ${cores} cores`;
}

function warmFindings(measures: readonly Measure[]): string[] {
  const [ours, engine] = [measureOf(measures, 'landfall mirror'), measureOf(measures, 'landfall engine')];
  if (ours === undefined || engine === undefined) return ['warm tags: landfall did not succeed: NOT held'];
  return [
    verdict('warm tags: requests', medianBy(ours, requests), 20),
    verdict(
      'warm tags: time without the start of a process',
      medianBy(engine, (run) => run.engineMs ?? Number.NaN),
      300,
      ' ms',
    ),
  ];
}
