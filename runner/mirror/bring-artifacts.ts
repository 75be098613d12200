import { type Artifact, type Clock, elapsedMs, imagesOf, type Release } from '../../contract/index.ts';
import { type MirrorProgress, type PlatformName, mirrorSet, registryStore } from '../../oci/index.ts';
import type { EventSink } from '../ports.ts';
import { keyOf } from './record.ts';
import type { OwnRegistry, VendorRegistries } from './registries.ts';

/** How a release is copied; the customer's choice, by the chart. */
export type CopySettings = {
  /** Requests at a time; undefined: the engine's default. */
  concurrency?: number | undefined;
  /** Of blobs, over all of them; undefined: no limit. */
  bytesPerSecond?: number | undefined;
  /** Only these of the images; empty: everything that the release pins. */
  platforms: readonly PlatformName[];
  /** Signatures, attestations and SBOMs of the images, too. */
  referrers: boolean;
};

export type BringParts = {
  vendor: VendorRegistries;
  own: OwnRegistry;
  events: EventSink;
  clock: Clock;
  copy: CopySettings;
};

const progressEveryMs = 1_000;

/** Brings artifacts of a release into the customer's registry, as one set: what they share moves once. */
export async function bringArtifacts(
  { vendor, own, events, clock, copy }: BringParts,
  from: { release: Release; registry: string; artifacts: readonly Artifact[] },
  onProgress: (progress: MirrorProgress) => void,
  signal: AbortSignal,
): Promise<void> {
  const source = vendor.at(from.registry);
  const images = new Set(imagesOf(from.release).map(keyOf));
  let told = Number.NEGATIVE_INFINITY;
  await mirrorSet({
    items: from.artifacts.map((artifact) => ({
      from: registryStore(source, artifact.repository),
      to: registryStore(own.client, `${own.prefix}/${artifact.repository}`),
      digest: artifact.digest,
      tag: true,
      ...(images.has(keyOf(artifact)) ? ofImages(copy) : {}),
    })),
    prepare: async ({ name }) => {
      const differs = await own.ensureRepository(name.slice(own.host.length + 1));
      if (differs.length === 0) return;
      const message = `${name} is used as it is, but ${differs.join('; ')}`;
      events.event({ reason: 'MirrorRepositoryDiffers', component: null, severity: 'warning', message });
    },
    onProgress: (progress) => {
      const now = elapsedMs(clock);
      const over = progress.items.done === progress.items.total;
      if (!over && now - told < progressEveryMs) return;
      told = now;
      onProgress(progress);
    },
    clock,
    signal,
    ...(copy.concurrency === undefined ? {} : { concurrency: copy.concurrency }),
    ...(copy.bytesPerSecond === undefined ? {} : { bytesPerSecond: copy.bytesPerSecond }),
  });
}

function ofImages({ platforms, referrers }: CopySettings): { platforms?: readonly PlatformName[]; referrers: boolean } {
  return { referrers, ...(platforms.length === 0 ? {} : { platforms }) };
}
