import { gzipSync } from 'node:zlib';
import { type JsonObject, LandfallError } from '../../../contract/index.ts';
import { type ChartFile, readChartArchive } from './chart-archive.ts';
import { type ChartParts, fetchChart } from './fetch-chart.ts';
import type { DesiredHelm } from './desired.ts';

/** The most that a Secret holds (core/v1 MaxSecretSize). */
export const mostRecordBytes = 1024 * 1024;

/**
 * What Helm's record of a release needs at least, in bytes: it keeps the whole chart and the values as base64 of gzip. What is rendered comes
 * on top of it, so a chart that passes here can still be too large; Helm then says so before it touches anything.
 */
export function recordBytes(files: readonly ChartFile[], values: JsonObject): number {
  const templates = files.map(({ path, data }) => ({ name: path, data: data.toString('base64') }));
  const zipped = gzipSync(JSON.stringify({ chart: { templates }, config: values }), { level: 9 });
  return Math.ceil(zipped.length / 3) * 4;
}

/** Refuses (LF-RUNNER-142) what Helm cannot keep. */
export function requireSize(component: string, files: readonly ChartFile[], values: JsonObject): void {
  const bytes = recordBytes(files, values);
  if (bytes <= mostRecordBytes) return;
  const largest = [...files].sort((a, b) => b.data.length - a.data.length)[0];
  throw new LandfallError(
    'LF-RUNNER-142',
    `${component}: its chart and values need at least ${bytes} bytes of the ${mostRecordBytes} in which Helm keeps a release; the largest file is ${largest?.path} with ${largest?.data.length}`,
    { details: { bytes, limit: mostRecordBytes } },
  );
}

/** As requireSize, for a component that is about to be applied. */
export async function requireRecordSize(
  parts: ChartParts,
  desired: Pick<DesiredHelm, 'component' | 'values'>,
  signal: AbortSignal,
): Promise<ChartFile[]> {
  const { component, values } = desired;
  const files = await readChartArchive(await fetchChart(parts, component, signal), signal);
  requireSize(component.name, files, values);
  return files;
}
