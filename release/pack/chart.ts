import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import {
  type Artifact,
  canonicalJson,
  jsonObjectSchema,
  LandfallError,
  mediaTypes,
  parseValue,
} from '../../contract/index.ts';
import { directoryEntries, type Layout, packArtifact, writeTar } from '../../oci/index.ts';
import { isShown, storeArtifact } from './stored-artifact.ts';

const chartSchema = z.looseObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/),
  version: z.string().min(1).max(64),
});

/** `file` is the packed chart: what is rendered to find images is what is shipped. */
export type PackedChart = { artifact: Artifact; version: string; file: string };

/** Packs a chart's folder as Helm's OCI artifact (HIP-6), but without times, so that the same chart has the same digest. */
export async function packChart(
  layout: Layout,
  options: { dir: string; file: string; repository: (chart: string) => string },
): Promise<PackedChart> {
  const { dir, file, repository } = options;
  const metadata = await readChartYaml(dir);
  const entries = await directoryEntries(dir, { prefix: metadata.name, include: isShown }).catch((cause: unknown) => {
    throw new LandfallError('LF-RELEASE-004', `the chart ${dir} cannot be packed`, { cause });
  });
  await writeTar(file, entries);
  const packed = await packArtifact({
    config: chartConfig(metadata),
    layers: [{ mediaType: mediaTypes.helmChart, path: file }],
  });
  const artifact = await storeArtifact(layout, packed, repository(metadata.name));
  return { artifact, version: metadata.version, file };
}

export function chartConfig(metadata: z.infer<typeof chartSchema>): { mediaType: string; bytes: Uint8Array } {
  const bytes = Buffer.from(canonicalJson(jsonObjectSchema.parse(metadata)));
  return { mediaType: mediaTypes.helmConfig, bytes };
}

const maxChartYamlBytes = 1024 * 1024;

/** Chart.yaml of an unpacked chart: becomes the config of its artifact, as Helm has it. */
export async function readChartYaml(dir: string): Promise<z.infer<typeof chartSchema>> {
  const text = await readFile(join(dir, 'Chart.yaml'), 'utf8').catch((cause: unknown) => {
    throw new LandfallError('LF-RELEASE-004', `${dir} is no chart: it has no Chart.yaml`, { cause });
  });
  if (Buffer.byteLength(text) > maxChartYamlBytes) {
    throw new LandfallError('LF-RELEASE-004', `Chart.yaml of ${dir} has more than ${maxChartYamlBytes} bytes`);
  }
  let value: unknown;
  try {
    // Of a key that stands twice the last one counts, as for Helm: to look for them, the library compares each key with all before it.
    value = parse(text, { schema: 'core', maxAliasCount: 0, uniqueKeys: false });
  } catch (cause) {
    throw new LandfallError('LF-RELEASE-004', `Chart.yaml of ${dir} is not valid YAML`, { cause });
  }
  return parseValue(value, chartSchema, `Chart.yaml of ${dir}`);
}
