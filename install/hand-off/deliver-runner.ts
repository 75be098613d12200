import { mkdir } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ECRClient } from '@aws-sdk/client-ecr';
import { LandfallError, mediaTypes } from '../../contract/index.ts';
import {
  copyArtifact,
  createRegistryClient,
  ecrCredentials,
  parseManifest,
  type RegistryClient,
  registryStore,
} from '../../oci/index.ts';
import { installNames } from '../../stacks/index.ts';
import type { InstallContext } from '../context.ts';
import { clientOptions } from '../identity.ts';
import type { HandOffRequest } from './request.ts';
import { imageArchitectures } from './runner-architectures.ts';
import { networkOf, vendorClient } from './vendor-client.ts';

export type DeliveredRunner = {
  /** A file for Helm. */
  chartPath: string;
  /** What the image is for; empty where it does not say. */
  architectures: readonly string[];
};

/** Copies the runner's image (and chart) by digest into the customer's registry. */
export async function deliverRunner(context: InstallContext, request: HandOffRequest): Promise<DeliveredRunner> {
  const { base, runner, session, region, accountRegistryCaPem, vendorRegistry } = request;
  const { prefix } = installNames(request);
  const ecr = new ECRClient(clientOptions(context, region, session.credentials));
  const vendor = vendorClient(context, vendorRegistry);
  const account = createRegistryClient({
    host: base.registryHost,
    credentials: ecrCredentials({ client: ecr, clock: context.clock }),
    clock: context.clock,
    ...networkOf(context),
    ...(accountRegistryCaPem === undefined ? {} : { ca: accountRegistryCaPem }),
  });
  const call = context.signal === undefined ? {} : { signal: context.signal };
  try {
    const artifacts = 'digest' in runner.chart ? [runner.image, runner.chart] : [runner.image];
    for (const { repository, digest } of artifacts) {
      const copied = await copyArtifact({
        from: registryStore(vendor, repository),
        to: registryStore(account, `${prefix}/${repository}`),
        digest,
        tag: true,
        ...call,
      });
      const text = `${repository}: ${copied.copied} copied, ${copied.present} there already`;
      context.say({ step: 'push', state: 'progress', text });
    }
    const architectures = await imageArchitectures(vendor, runner.image, call);
    const chartPath = 'path' in runner.chart ? runner.chart.path : await fetchChart(context, vendor, runner.chart);
    return { chartPath, architectures };
  } finally {
    await vendor.close();
    await account.close();
    ecr.destroy();
  }
}

/** Helm takes a file: the chart's one layer, verified while it is read. */
async function fetchChart(
  context: InstallContext,
  client: RegistryClient,
  chart: { repository: string; digest: string },
): Promise<string> {
  const parsed = parseManifest(await client.getManifest(chart.repository, chart.digest));
  const layer =
    parsed.kind === 'manifest'
      ? parsed.manifest.layers.find((each) => each.mediaType === mediaTypes.helmChart)
      : undefined;
  if (layer === undefined) {
    throw new LandfallError('LF-INSTALL-007', `${chart.repository}@${chart.digest} is not a Helm chart`);
  }
  const dir = join(context.workDir, 'hand-off');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const path = join(dir, 'runner-chart.tgz');
  await pipeline(Readable.from(await client.getBlob(chart.repository, layer)), createWriteStream(path));
  return path;
}
