import { createWriteStream } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';
import { LandfallError, mediaTypes, parseJson } from '../../contract/index.ts';
import {
  copyArtifact,
  type Descriptor,
  type ImageManifest,
  type Layout,
  parseManifest,
  parseReference,
  type RawManifest,
  registryStore,
} from '../../oci/index.ts';
import type { Registries } from '../registries.ts';
import type { PackedChart } from './chart.ts';
import { asArtifact } from './stored-artifact.ts';

const metadataSchema = z.looseObject({ name: z.string().max(63), version: z.string().max(64) });
const configLimit = { bytes: 1 << 20, depth: 32 };
const maxChartBytes = 20 * 1024 * 1024;

/** Takes over a chart from a registry (`oci://host/repository:version[@sha256:...]`), byte for byte. */
export async function pullChart(
  layout: Layout,
  options: { reference: string; file: string; registries: Registries; repository: (chart: string) => string },
): Promise<PackedChart> {
  const reference = parseReference(options.reference.slice('oci://'.length));
  const client = options.registries(reference.registry);
  const wanted = reference.digest ?? reference.tag;
  if (client === undefined || wanted === undefined) {
    const why = client === undefined ? `no registry ${reference.registry} is configured` : 'it has no version';
    throw new LandfallError('LF-RELEASE-004', `the chart ${options.reference} cannot be pulled: ${why}`);
  }
  const from = registryStore(client, reference.repository);
  const manifest = await from.getManifest(wanted);
  const { config, content } = partsOf(manifest, options.reference);
  await copyArtifact({ from, to: layout, digest: manifest.digest });
  await pipeline(await layout.openBlob(content), createWriteStream(options.file));
  const bytes = await buffer(await layout.openBlob(config));
  const { name, version } = parseJson(bytes, metadataSchema, `the config of ${options.reference}`, configLimit);
  // Under one and the same digest anything but this version would be a mix-up; `+` cannot be in a tag (Helm writes `_`).
  if (reference.tag !== undefined && reference.tag.replaceAll('_', '+') !== version && reference.tag !== version) {
    throw new LandfallError('LF-RELEASE-004', `${options.reference} holds ${name} ${version}`);
  }
  return { artifact: asArtifact(options.repository(name), manifest), version, file: options.file };
}

/** Looked at before anything of it is fetched. */
function partsOf(manifest: RawManifest, reference: string): { config: Descriptor; content: Descriptor } {
  const parsed = parseManifest(manifest);
  const chart: ImageManifest | undefined = parsed.kind === 'manifest' ? parsed.manifest : undefined;
  const content = chart?.layers.find((each) => each.mediaType === mediaTypes.helmChart);
  if (chart === undefined || content === undefined) {
    throw new LandfallError('LF-RELEASE-004', `${reference} is not a Helm chart`);
  }
  if (chart.config.size > configLimit.bytes || chart.layers.some((each) => each.size > maxChartBytes)) {
    throw new LandfallError(
      'LF-RELEASE-004',
      `${reference} is larger than a chart: ${maxChartBytes} bytes are accepted`,
    );
  }
  return { config: chart.config, content };
}
