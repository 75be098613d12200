import { manyImages } from '../image.ts';
import { bestPeer, inRounds, type Measure, measureOf, medianBy, ratioBy, verdict } from '../rounds.ts';
import { type Run, runTool } from '../run-tool.ts';
import type { MirrorTool } from '../tools.ts';
import { type Case } from './case.ts';
import { succeeded } from './cold-large.ts';

const wall = (run: Run): number => run.wallMs;
const requests = (run: Run): number => run.traffic.requests;

/** Many tags of small layers with shared blobs: cold into an empty registry, then at once again with nothing to do. */
export const manyTags: Case = async (ground, { tags, rounds }) => {
  const images = manyImages(tags);
  ground.say(`${tags} tags, cold and warm`);
  const source = await ground.startSource(images);
  const tools = ground.tools.filter(({ name }) => name !== 'regctl');
  const warmRuns = new Map<string, Run[]>();
  const once = async (tool: MirrorTool): Promise<Run> => {
    const target = await ground.startRegistry();
    const cold = await runTool(ground, tool, { images, source, target });
    const warm = await runTool(ground, tool, { images, source, target });
    await target.stop();
    warmRuns.set(tool.name, [...(warmRuns.get(tool.name) ?? []), warm]);
    return cold;
  };
  const cold = await inRounds(rounds, tools, once, ground.say);
  await source.stop();
  const warm = cold.map((each): Measure => ({ ...each, runs: warmRuns.get(each.tool) ?? [] }));
  return {
    tables: [
      { title: `cold, ${tags} tags of small layers with shared blobs`, columns, rows: cold.map(rowOf) },
      { title: `warm, the same ${tags}, nothing changed`, columns, rows: warm.map(rowOf) },
    ],
    findings: [...coldFindings(cold, tags), ...warmFindings(warm)],
    details: { cold, warm },
  };
};

const columns = ['', 's', 'requests', 'CPU s', 'RSS MB', 'runs'];

function rowOf(measure: Measure): string[] {
  return [
    measure.tool,
    (medianBy(measure, wall) / 1000).toFixed(2),
    String(medianBy(measure, requests)),
    medianBy(measure, (run) => run.cpuSeconds).toFixed(2),
    (medianBy(measure, (run) => run.peakRssBytes) / 1e6).toFixed(0),
    succeeded(measure),
  ];
}

function coldFindings(measures: readonly Measure[], tags: number): string[] {
  const [ours, fastest] = [measureOf(measures, 'landfall mirror'), bestPeer(measures, wall)];
  if (ours === undefined) return ['cold tags: landfall mirror did not succeed'];
  return [
    ...(fastest === undefined
      ? []
      : [
          verdict(
            `cold tags: time as a part of the fastest peer's (${fastest.tool})`,
            ratioBy(ours, fastest, wall),
            0.6,
          ),
        ]),
    verdict('cold tags: requests', medianBy(ours, requests), 8.5 * tags),
  ];
}

function warmFindings(measures: readonly Measure[]): string[] {
  const [ours, engine] = [measureOf(measures, 'landfall mirror'), measureOf(measures, 'landfall engine')];
  return [
    ...(ours === undefined ? [] : [verdict('warm tags: requests', medianBy(ours, requests), 20)]),
    ...(engine === undefined
      ? []
      : [
          verdict(
            'warm tags: time without the start of a process',
            medianBy(engine, (run) => run.engineMs ?? NaN),
            300,
            ' ms',
          ),
        ]),
  ];
}
