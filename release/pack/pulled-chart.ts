import { createWriteStream } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { LandfallError, mediaTypes, parseJson } from '../../contract/index.ts';
import { copyArtifact, type Layout, parseManifest, parseReference, registryStore } from '../../oci/index.ts';
import type { Registries } from '../registries.ts';
import type { PackedChart } from './chart.ts';
import { asArtifact } from './stored-artifact.ts';

const metadataSchema = z.looseObject({ name: z.string(), version: z.string() });

/** Takes over a chart from a registry (`oci://host/repository:version`), byte for byte. */
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
  const copied = await copyArtifact({ from, to: layout, digest: wanted });
  const manifest = await layout.getManifest(copied.digest);
  const parsed = parseManifest(manifest);
  const content =
    parsed.kind === 'manifest'
      ? parsed.manifest.layers.find((each) => each.mediaType === mediaTypes.helmChart)
      : undefined;
  if (parsed.kind !== 'manifest' || content === undefined) {
    throw new LandfallError('LF-RELEASE-004', `${options.reference} is not a Helm chart`);
  }
  await pipeline(await layout.openBlob(content), createWriteStream(options.file));
  const config = await buffer(await layout.openBlob(parsed.manifest.config));
  const limit = { bytes: 1 << 20, depth: 32 };
  const { name, version } = parseJson(config, metadataSchema, `the config of ${options.reference}`, limit);
  return { artifact: asArtifact(options.repository(name), manifest), version, file: options.file };
}
