import { mkdir, rm } from 'node:fs/promises';
import {
  type Artifact,
  LandfallError,
  type Release,
  artifactsOf,
  describeError,
  mediaTypes,
} from '../../contract/index.ts';
import { copyArtifact, extractTar, registryStore } from '../../oci/index.ts';
import type { Effects, Mirror } from '../ports.ts';
import { fetchProvider } from './providers.ts';
import { downloadBlob, onlyLayer, readManifest } from './read-artifact.ts';
import type { MirrorRecord } from './record.ts';
import type { OwnRegistry, VendorRegistries } from './registries.ts';

export type MirrorOptions = { vendor: VendorRegistries; own: OwnRegistry; record: MirrorRecord; effects: Effects };

/** Artifacts copied at a time; each has its own blobs in parallel. */
const copiesAtATime = 3;

/** The customer's registry: filled once from the vendor's by digest, and from then on the only one that is read. */
export function createMirror(options: MirrorOptions): Mirror {
  const { own, record } = options;

  /** What the record says is there and is not gets copied again by the next pass. */
  const reading = async (artifact: Artifact, read: () => Promise<void>): Promise<void> => {
    try {
      await read();
    } catch (error) {
      if (!(error instanceof LandfallError) || error.code !== 'LF-OCI-004') throw error;
      await record.remove(artifact);
      const message = `${own.host} does not have ${artifact.repository}@${artifact.digest} any more: ${describeError(error)}`;
      throw new LandfallError('LF-RUNNER-065', message, { cause: error, temporary: true });
    }
  };

  return {
    ensure: async (release, registry, { onProgress, signal }) => {
      const lacking = await record.lacking(artifactsOf(release));
      if (lacking.length === 0) return;
      const about = { target: own.host, intent: `copy ${lacking.length} artifacts of ${nameOf(release)}` };
      await options.effects.run('mirror-copy', about, async (context) => {
        const stop = AbortSignal.any([signal, context.signal]);
        await copyAll(options, registry, lacking, onProgress, stop);
      });
      await record.add(lacking);
      onProgress(`${nameOf(release)} is in the mirror`);
    },
    referenceOf: (artifact) => `${own.host}/${own.prefix}/${artifact.repository}@${artifact.digest}`,
    fetchChart: (artifact, intoFile, signal) =>
      reading(artifact, async () => {
        const manifest = await readManifest(own, artifact, null, signal);
        const layer = onlyLayer(manifest, mediaTypes.helmChart, artifact);
        await downloadBlob(own, artifact, layer, intoFile, signal);
      }),
    fetchModule: (artifact, intoDir, signal) =>
      reading(artifact, async () => {
        const manifest = await readManifest(own, artifact, null, signal);
        const layer = onlyLayer(manifest, mediaTypes.module, artifact);
        await rm(intoDir, { recursive: true, force: true });
        await mkdir(intoDir, { recursive: true });
        const bytes = await own.client.getBlob(`${own.prefix}/${artifact.repository}`, layer, { signal });
        await extractTar(bytes, intoDir, { maxBytes: 64 * 1024 * 1024, maxEntries: 10_000, signal });
      }),
    fetchProviders: async (providers, intoDir, signal) => {
      for (const provider of providers) {
        await reading(provider.artifact, () => fetchProvider(own, provider, intoDir, signal));
      }
    },
  };
}

async function copyAll(
  { vendor, own }: MirrorOptions,
  registry: string,
  artifacts: readonly Artifact[],
  onProgress: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const queue = [...artifacts];
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  const source = vendor.at(registry);
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const repository = `${own.prefix}/${next.repository}`;
      await own.ensureRepository(repository);
      const result = await copyArtifact({
        from: registryStore(source, next.repository),
        to: registryStore(own.client, repository),
        digest: next.digest,
        tag: true,
        signal: stop,
      });
      const size = `${(result.bytesCopied / 1e6).toFixed(1)} MB`;
      onProgress(`${next.repository}: ${size} copied, ${result.present} parts there already`);
    }
  };
  const workers = Array.from({ length: Math.min(copiesAtATime, queue.length) }, () =>
    worker().catch((error: unknown) => {
      failed.abort();
      throw error;
    }),
  );
  const results = await Promise.allSettled(workers);
  // The first failure ended the others: it is the one to tell.
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  const told =
    reasons.find((reason) => !(reason instanceof LandfallError && reason.code === 'LF-OCI-014')) ?? reasons[0];
  if (told !== undefined) throw told;
}

const nameOf = (release: Release): string => `${release.product} ${release.version}`;
