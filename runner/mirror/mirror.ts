import { mkdir, rm } from 'node:fs/promises';
import {
  type Artifact,
  LandfallError,
  type Release,
  artifactsOf,
  describeError,
  mediaTypes,
} from '../../contract/index.ts';
import { extractTar } from '../../oci/index.ts';
import type { Effects, Mirror } from '../ports.ts';
import { type BringParts, bringArtifacts } from './bring-artifacts.ts';
import type { KeptReleases } from './garbage/kept-releases.ts';
import { ownPlatform, providersFor } from '../network/platform.ts';
import { fetchProvider } from './providers.ts';
import { downloadBlob, onlyLayer, readManifest } from './read-artifact.ts';
import { keyOf, type MirrorRecord } from './record.ts';
import { createTending } from './tend.ts';

export type MirrorOptions = BringParts & {
  record: MirrorRecord;
  kept: KeptReleases;
  effects: Effects;
  /** How many of the releases that were wholly applied stay whole in the mirror. At least 1. */
  keepReleases: number;
  /** What the cluster names of the mirror, as `repository@digest` without the prefix. */
  inUse: (signal: AbortSignal) => Promise<ReadonlySet<string>>;
};

/** The customer's registry: filled once from the vendor's by digest, and from then on the only one that is read. */
export function createMirror(options: MirrorOptions): Mirror {
  const { own, record, kept } = options;

  /** What the record says is there and is not gets copied again by the next pass. */
  const reading = async (artifact: Artifact, read: () => Promise<void>): Promise<void> => {
    try {
      await read();
    } catch (error) {
      if (!(error instanceof LandfallError) || error.code !== 'LF-OCI-004') throw error;
      await record.remove([keyOf(artifact)]);
      const message = `${own.host} does not have ${artifact.repository}@${artifact.digest} any more: ${describeError(error)}`;
      throw new LandfallError('LF-RUNNER-065', message, { cause: error, temporary: true });
    }
  };

  /** Whole is what has every platform that is wanted now: after another choice the record does not hold. */
  const forgetOtherPlatforms = async (): Promise<void> => {
    const platforms = options.copy.platforms.toSorted();
    const { platforms: before } = await kept.read();
    if (before.join() === platforms.join()) return;
    await record.remove([...(await record.keys())]);
    await kept.change((state) => ({ ...state, platforms }));
  };

  /** The artifact's only layer of that type. */
  const fetchFile = (artifact: Artifact, mediaType: string, file: string, signal: AbortSignal): Promise<void> =>
    reading(artifact, async () => {
      const manifest = await readManifest(own, artifact, null, signal);
      await downloadBlob(own, artifact, onlyLayer(manifest, mediaType, artifact), file, signal);
    });

  let fetchingProviders: Promise<void> = Promise.resolve();

  const ensure: Mirror['ensure'] = async (release, registry, { onProgress, signal }) => {
    await forgetOtherPlatforms();
    const lacking = await record.lacking(artifactsOf(release));
    if (lacking.length === 0) return;
    // Noted first: what a killed copy has left is found again, also when the release is never asked for any more.
    const keys = new Set(lacking.map(keyOf));
    await kept.change((state) => ({ ...state, begun: [...new Set([...state.begun, ...keys])] }));
    const about = { target: own.host, intent: `copy ${lacking.length} artifacts of ${nameOf(release)}` };
    await options.effects.run('mirror-copy', about, async (context) => {
      const stop = AbortSignal.any([signal, context.signal]);
      await bringArtifacts(options, { release, registry, artifacts: lacking }, onProgress, stop);
    });
    await record.add(lacking);
    await kept.change((state) => ({ ...state, begun: state.begun.filter((key) => !keys.has(key)) }));
    options.events.log('info', `${nameOf(release)} is in the mirror`, { step: 'mirror' });
  };

  return {
    ensure,
    tend: createTending({
      ...options,
      ensure: (release, registry, signal) => ensure(release, registry, { onProgress: () => undefined, signal }),
    }),
    referenceOf: (artifact) => `${own.host}/${own.prefix}/${artifact.repository}@${artifact.digest}`,
    fetchChart: (artifact, intoFile, signal) => fetchFile(artifact, mediaTypes.helmChart, intoFile, signal),
    fetchManifests: (artifact, intoFile, signal) => fetchFile(artifact, mediaTypes.manifests, intoFile, signal),
    fetchModule: (artifact, intoDir, signal) =>
      reading(artifact, async () => {
        const manifest = await readManifest(own, artifact, null, signal);
        const layer = onlyLayer(manifest, mediaTypes.module, artifact);
        await rm(intoDir, { recursive: true, force: true });
        await mkdir(intoDir, { recursive: true });
        const bytes = await own.client.getBlob(`${own.prefix}/${artifact.repository}`, layer, { signal });
        await extractTar(bytes, intoDir, { maxBytes: 64 * 1024 * 1024, maxEntries: 10_000, signal });
      }),
    fetchProviders: (providers, intoDir, signal) => {
      // One component after the other: they share the folder, and often want the same provider.
      const fetched = fetchingProviders.then(async () => {
        for (const provider of providersFor(providers, ownPlatform())) {
          await reading(provider.artifact, () => fetchProvider(own, provider, intoDir, signal));
        }
      });
      fetchingProviders = fetched.catch(() => undefined);
      return fetched;
    },
  };
}

const nameOf = (release: Release): string => `${release.product} ${release.version}`;
