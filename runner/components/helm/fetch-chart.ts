import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { HelmComponent } from '../../../contract/index.ts';
import type { Mirror } from '../../ports.ts';

export type ChartParts = { mirror: Pick<Mirror, 'fetchChart'>; workDir: string };

/** By digest, so that what is there is what is wanted; written under another name first, of this component alone: others may want the same chart. */
export async function fetchChart(
  { mirror, workDir }: ChartParts,
  { name, chart }: Pick<HelmComponent, 'name' | 'chart'>,
  signal: AbortSignal,
  /** `anew`: from the mirror, although it is there. Before an apply: pods are about to pull from the same registry, and while it is away nothing is begun. */
  { anew = false }: { anew?: boolean } = {},
): Promise<string> {
  const dir = join(workDir, 'charts');
  const path = join(dir, `${chart.digest.replace(':', '-')}.tgz`);
  if (!anew && existsSync(path)) return path;
  await mkdir(dir, { recursive: true });
  const partial = `${path}.${name}.partial`;
  await rm(partial, { force: true });
  await mirror.fetchChart(chart, partial, signal);
  await rename(partial, path);
  return path;
}
