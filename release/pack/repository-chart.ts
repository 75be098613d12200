import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LandfallError, type RepositoryChart } from '../../contract/index.ts';
import { extractTar, type Layout, packArtifact } from '../../oci/index.ts';
import { mediaTypes } from '../../contract/index.ts';
import type { ChartRepositories } from '../registries.ts';
import { chartConfig, type PackedChart, readChartYaml } from './chart.ts';
import { withScratch } from './scratch.ts';
import { storeArtifact } from './stored-artifact.ts';

/** Of Helm itself: what a chart may unpack to. */
const unpackedAtMost = { maxBytes: 100 * 1024 * 1024, maxEntries: 10_000 };
/** Where `helm push` puts the signature of a chart (HIP-6). */
const provenanceType = 'application/vnd.cncf.helm.chart.provenance.v1.prov';

/** Takes a chart out of a chart repository: the archive byte for byte under the digest of the index, with its provenance where there is one. */
export async function takeRepositoryChart(
  layout: Layout,
  options: {
    chart: RepositoryChart;
    file: string;
    scratchDir: string;
    repositories: ChartRepositories | undefined;
    repository: (chart: string) => string;
    say: (line: string) => void;
  },
): Promise<PackedChart> {
  const { chart, file, say } = options;
  const source = options.repositories?.(chart.repository);
  if (source === undefined) {
    const message = `the chart ${chart.name} cannot be taken: no chart repository ${chart.repository} is configured`;
    throw new LandfallError('LF-RELEASE-004', message);
  }
  const found = await source.find(chart);
  await writeFile(file, await source.archive(found));
  const metadata = await withScratch(options.scratchDir, async (scratch) => {
    await extractTar(file, scratch, unpackedAtMost);
    return readChartYaml(join(scratch, chart.name));
  });
  if (metadata.name !== chart.name || metadata.version !== found.version) {
    const message = `${found.url.href} holds ${metadata.name} ${metadata.version}; its index says ${found.name} ${found.version}`;
    throw new LandfallError('LF-RELEASE-004', message);
  }
  const provenance = await source.provenance(found);
  const packed = await packArtifact({
    config: chartConfig(metadata),
    layers: [
      { mediaType: mediaTypes.helmChart, path: file },
      ...(provenance === undefined ? [] : [{ mediaType: provenanceType, bytes: provenance }]),
    ],
  });
  const signed = provenance === undefined ? 'without provenance' : 'with its provenance';
  say(`${chart.name} ${metadata.version} is ${found.digest} in ${source.url}, ${signed}`);
  return {
    artifact: await storeArtifact(layout, packed, options.repository(metadata.name)),
    version: metadata.version,
    file,
  };
}
