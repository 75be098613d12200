import type { Digest } from '../../contract/index.ts';
import { type Descriptor, type ImageIndex, rawManifest } from '../manifest.ts';
import { mediaTypes } from '../media-types.ts';
import { referrersTag } from '../registry/referrers.ts';
import type { RegistryStore } from './content-store.ts';
import { copyArtifact, type CopyProgress } from './copy-artifact.ts';

export type CopyReferrersOptions = {
  from: RegistryStore;
  to: RegistryStore;
  /** The manifest that is referred to; it is in the target already. */
  subject: Digest;
  signal?: AbortSignal;
  onProgress?: (progress: CopyProgress) => void;
};

/** A signature may be signed again; nobody needs more than this. */
const deepest = 4;

/** Cosign's own scheme, older than the referrers API: signatures, attestations, SBOMs under tags. */
const cosignSuffixes = ['sig', 'att', 'sbom'];

/**
 * Copies what refers to a manifest, and what refers to that: through the referrers API, the tag schema of registries without it,
 * and cosign's tags. A target without the API gets the tag schema's index. Returns the digests that are in the target now.
 */
export async function copyReferrers(options: CopyReferrersOptions): Promise<Digest[]> {
  const seen = new Set<Digest>();
  await copyLevel(options, options.subject, 0, seen);
  return [...seen];
}

async function copyLevel(
  options: CopyReferrersOptions,
  subject: Digest,
  depth: number,
  seen: Set<Digest>,
): Promise<void> {
  const { from, to, signal, onProgress } = options;
  const call = signal === undefined ? {} : { signal };
  const more = { ...call, ...(onProgress === undefined ? {} : { onProgress }) };
  const { descriptors } = await from.client.listReferrers(from.repository, subject, call);
  const fresh = descriptors.filter((each) => !seen.has(each.digest));
  for (const each of fresh) {
    seen.add(each.digest);
    await copyArtifact({ from, to, digest: each.digest, ...more });
    if (depth < deepest) await copyLevel(options, each.digest, depth + 1, seen);
  }
  if (fresh.length > 0) await addToTag(to, subject, fresh, call);
  for (const suffix of cosignSuffixes) {
    const tag = `${referrersTag(subject)}.${suffix}`;
    const digest = await from.resolve(tag, call);
    if (digest === undefined || seen.has(digest)) continue;
    seen.add(digest);
    await copyArtifact({ from, to, digest, tag, ...more });
  }
}

/** The index that stands in for the API; what is in it already stays in it. */
async function addToTag(
  to: RegistryStore,
  subject: Digest,
  fresh: readonly Descriptor[],
  call: { readonly signal?: AbortSignal },
): Promise<void> {
  const there = await to.client.listReferrers(to.repository, subject, call);
  if (there.kept === 'api') return;
  const known = new Set(there.descriptors.map((each) => each.digest));
  const added = fresh.filter((each) => !known.has(each.digest));
  if (added.length === 0) return;
  const index: ImageIndex = {
    schemaVersion: 2,
    mediaType: mediaTypes.imageIndex,
    manifests: [...there.descriptors, ...added],
  };
  const raw = rawManifest(Buffer.from(JSON.stringify(index)), mediaTypes.imageIndex);
  await to.putManifest(raw, { ...call, tag: referrersTag(subject) });
}
