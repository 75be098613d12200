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
  return base64Length(gzipSync(JSON.stringify({ chart: { templates }, config: values }), { level: 9 }).length);
}

const base64Length = (bytes: number): number => Math.ceil(bytes / 3) * 4;

/** Whether it would fit even if nothing of it could be compressed: most charts, without the work of compressing them. */
function isSmall(files: readonly ChartFile[], values: JsonObject): boolean {
  const frame = 100; // Around each file in the JSON, and gzip's own.
  const plain = files.reduce((sum, { path, data }) => sum + path.length + base64Length(data.length) + frame, frame);
  return base64Length(plain + Buffer.byteLength(JSON.stringify(values))) <= mostRecordBytes;
}

/** Refuses (LF-RUNNER-142) what Helm cannot keep. */
export function requireSize(component: string, files: readonly ChartFile[], values: JsonObject): void {
  if (isSmall(files, values)) return;
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
