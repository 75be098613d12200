import type { HelmComponent, Release } from '../../../contract/index.ts';
import { readChartArchive } from '../../components/helm/chart-archive.ts';
import { fetchChart } from '../../components/helm/fetch-chart.ts';
import { requireSize } from '../../components/helm/record-size.ts';
import type { LastGood } from '../memory/memory.ts';
import type { Parts } from '../parts.ts';

/**
 * Refuses (LF-RUNNER-142) a release with a chart that Helm cannot keep, before any component of it is touched. Only charts that are new are looked
 * at, which are fetched for their apply anyway; one after the other, so that a large one is not held beside others.
 */
export async function preflightCharts(
  parts: Parts,
  release: Release,
  lastGood: LastGood | null,
  signal: AbortSignal,
): Promise<void> {
  const known = new Set(helmOf(lastGood?.release).map(({ chart }) => chart.digest));
  for (const component of helmOf(release)) {
    const { name, chart, values, suspend } = component;
    if (suspend || known.has(chart.digest)) continue;
    known.add(chart.digest);
    requireSize(name, await readChartArchive(await fetchChart(parts, component, signal), signal), values);
  }
}

function helmOf(release: Release | undefined): HelmComponent[] {
  return (release?.components ?? []).filter((component) => component.kind === 'helm');
}
