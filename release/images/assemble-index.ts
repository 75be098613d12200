import {
  describeManifest,
  type Layout,
  mediaTypes,
  type Platform,
  type RawManifest,
  rawManifest,
} from '../../oci/index.ts';

export type AssembleIndexOptions = {
  layout: Layout;
  /** Images that the layout holds by now. */
  images: readonly { manifest: RawManifest; platform: Platform }[];
  /** Name in the layout: `registry.example/app:1.0.0`. */
  reference: string;
};

/** Images of several platforms under one digest: whoever pulls it gets the one for its processor. */
export async function assembleIndex({ layout, images, reference }: AssembleIndexOptions): Promise<RawManifest> {
  const manifests = images.map(({ manifest, platform }) => ({ ...describeManifest(manifest), platform }));
  const index = { schemaVersion: 2, mediaType: mediaTypes.imageIndex, manifests };
  const raw = rawManifest(Buffer.from(JSON.stringify(index)), mediaTypes.imageIndex);
  await layout.putManifest(raw, { tag: reference });
  return raw;
}
