import { join } from 'node:path';
import type { HelmComponent } from '../../../contract/index.ts';
import { keptFile } from '../../guards/kept-files.ts';
import type { Mirror } from '../../ports.ts';

export type ChartParts = { mirror: Pick<Mirror, 'fetchChart'>; workDir: string };

export function fetchChart(
  { mirror, workDir }: ChartParts,
  { chart }: Pick<HelmComponent, 'name' | 'chart'>,
  signal: AbortSignal,
  /** `anew`: from the mirror, although it is there. Before an apply: pods are about to pull from the same registry, and while it is away nothing is begun. */
  { anew = false }: { anew?: boolean } = {},
): Promise<string> {
  return keptFile({
    dir: join(workDir, 'charts'),
    name: `${chart.digest.replace(':', '-')}.tgz`,
    bytes: chart.size,
    bring: (file) => mirror.fetchChart(chart, file, signal),
    anew,
  });
}
