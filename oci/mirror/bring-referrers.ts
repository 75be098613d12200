import { type Digest, LandfallError } from '../../contract/index.ts';
import { referrersTag } from '../registry/referrers.ts';
import { hasStatus } from '../registry/failures.ts';
import type { MirrorItem } from './mirror-options.ts';
import { bringArtifact } from './bring-artifact.ts';
import type { MirrorRun } from './run.ts';

/** A signature may be signed again; nobody needs more than this. */
const deepest = 4;

/** Cosign's own scheme, older than the referrers API: signatures, attestations, SBOMs under tags. */
const cosignSuffixes = ['sig', 'att', 'sbom'];

/**
 * Brings what refers to a manifest, and what refers to that: through the referrers API, the tag schema of registries without it, and cosign's
 * tags. The source is asked each time: a signature may have been added. Resolves to what is in the target now.
 */
export async function bringReferrers(
  run: MirrorRun,
  item: Pick<MirrorItem, 'from' | 'to'>,
  subject: Digest,
): Promise<Digest[]> {
  const seen = new Set<Digest>();
  await bringLevel(run, item, subject, 0, seen);
  return [...seen];
}

async function bringLevel(
  run: MirrorRun,
  { from, to }: Pick<MirrorItem, 'from' | 'to'>,
  subject: Digest,
  depth: number,
  seen: Set<Digest>,
): Promise<void> {
  const found = await run.small(async () => from.listReferrers?.(subject, run.call));
  if (found === undefined || to.linkReferrers === undefined) {
    const who = found === undefined ? from.name : to.name;
    throw new LandfallError('LF-OCI-026', `${who} cannot tell what refers to an artifact`);
  }
  const fresh = found.filter((each) => !seen.has(each.digest));
  // One after the other: there are a few, and each may have some of its own.
  for (const { digest } of fresh) {
    seen.add(digest);
    await bringArtifact(run, { from, to, digest });
    if (depth < deepest) await bringLevel(run, { from, to }, digest, depth + 1, seen);
  }
  if (fresh.length > 0) await run.small(async () => to.linkReferrers?.(subject, fresh, run.call));
  const tags = await run.sourceTags(from);
  for (const suffix of cosignSuffixes) {
    const tag = `${referrersTag(subject)}.${suffix}`;
    if (tags?.has(tag) === false) continue;
    const digest = await digestOf(run, { from, to, digest: tag });
    if (digest === undefined || seen.has(digest)) continue;
    seen.add(digest);
    await bringArtifact(run, { from, to, digest, tag });
  }
}

async function digestOf(run: MirrorRun, { from, digest }: MirrorItem): Promise<Digest | undefined> {
  try {
    return (await run.small(() => from.getManifest(digest, run.call))).digest;
  } catch (error) {
    // Some registries say 403 for what is not there.
    if (hasStatus(error, 403, 404) || (error instanceof LandfallError && error.code === 'LF-OCI-004')) return undefined;
    throw error;
  }
}
