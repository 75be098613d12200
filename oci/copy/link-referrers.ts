import type { Digest } from '../../contract/index.ts';
import { type Descriptor, type ImageIndex, rawManifest } from '../manifest.ts';
import { mediaTypes } from '../media-types.ts';
import type { RegistryClient } from '../registry/client.ts';
import type { CallOptions } from '../registry/context.ts';
import { referrersTag } from '../registry/referrers.ts';

/** A registry without the referrers API gets the index that stands in for it, under the tag schema; what is in it stays in it. */
export async function linkReferrers(
  client: RegistryClient,
  repository: string,
  subject: Digest,
  referrers: readonly Descriptor[],
  call: CallOptions = {},
): Promise<void> {
  const there = await client.listReferrers(repository, subject, call);
  if (there.kept === 'api') return;
  const known = new Set(there.descriptors.map((each) => each.digest));
  const added = referrers.filter((each) => !known.has(each.digest));
  if (added.length === 0) return;
  const index: ImageIndex = {
    schemaVersion: 2,
    mediaType: mediaTypes.imageIndex,
    manifests: [...there.descriptors, ...added],
  };
  const raw = rawManifest(Buffer.from(JSON.stringify(index)), mediaTypes.imageIndex);
  await client.putManifest(repository, raw, { ...call, tag: referrersTag(subject) });
}
