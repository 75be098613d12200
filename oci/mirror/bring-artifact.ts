import { type Digest, isDigest, LandfallError } from '../../contract/index.ts';
import { isRegistryStore } from '../copy/content-store.ts';
import { immutableTag, putTag } from '../copy/immutable-tag.ts';
import type { RawManifest } from '../manifest.ts';
import { indexTypes } from '../media-types.ts';
import { bringContents, putWithChildren } from './bring-manifest.ts';
import type { MirrorItem } from './mirror-options.ts';
import type { MirrorRun } from './run.ts';

export type Artifact = Omit<MirrorItem, 'referrers'>;

/** A root: what is below it, itself, its tags. Resolves to its digest. `onRead`: all its manifests are read. */
export async function bringArtifact(
  run: MirrorRun,
  item: Artifact,
  onRead: () => void = () => undefined,
): Promise<Digest> {
  const { to, tag } = item;
  let root: RawManifest | undefined;
  const read = async (): Promise<RawManifest> => (root ??= await readRoot(run, item));
  const digest = isDigest(item.digest) ? item.digest : (await read()).digest;
  if (!(await isThere(run, item, digest))) await bringRoot(run, item, await read(), onRead);
  onRead();
  if (typeof tag === 'string' && !(await hasTag(run, item, tag, digest))) {
    const raw = await read();
    await run.roots(`${to.name}:${tag} ${digest}`, () => run.small(() => putTag(to, raw, tag, run.call)));
  }
  return digest;
}

async function readRoot(run: MirrorRun, { from, digest }: Artifact): Promise<RawManifest> {
  const raw = await run.small(() => from.getManifest(digest, run.call));
  if (isDigest(digest) && raw.digest !== digest) {
    throw new LandfallError('LF-OCI-005', `${from.name} gave ${raw.digest} when asked for ${digest}`);
  }
  return raw;
}

/** The immutable tag is written last: where it is, everything is. */
async function isThere(run: MirrorRun, item: Artifact, digest: Digest): Promise<boolean> {
  if (item.tag === undefined) return false;
  const names = [immutableTag(digest)];
  if (item.platforms !== undefined) names.push(immutableTag(digest, item.platforms));
  for (const name of names) {
    if (await hasTag(run, item, name, digest)) {
      if (isRegistryStore(item.to)) run.holdings.add(item.to, digest);
      run.onManifest({ digest, size: 0 }, 'present');
      return true;
    }
  }
  return false;
}

async function hasTag(run: MirrorRun, { to }: Artifact, tag: string, digest: Digest): Promise<boolean> {
  const listed = await run.targetTags(to);
  if (listed?.has(tag) === false) return false;
  // The name says which digest it is for; any other tag has to be looked at.
  if (listed !== undefined && tag.startsWith(immutableTag(digest))) return true;
  return (await run.small(() => to.resolve(tag, run.call))) === digest;
}

async function bringRoot(run: MirrorRun, item: Artifact, raw: RawManifest, onRead: () => void): Promise<void> {
  const { from, to, platforms, tag } = item;
  const isIndex = indexTypes.includes(raw.mediaType);
  const size = raw.bytes.byteLength;
  // Without a tag only the digest can tell; an index may be there with fewer children than are wanted now.
  const present = tag === undefined && (await run.small(() => to.resolve(raw.digest, run.call))) === raw.digest;
  if (present && !isIndex) {
    run.onManifest({ digest: raw.digest, size }, 'present');
    return;
  }
  const place = { from, to, platforms, manifests: { count: 0 } };
  const contents = await bringContents(run, place, raw, 0, onRead);
  if (isIndex && contents.images === 0 && contents.left.length > 0) {
    throw new LandfallError('LF-OCI-004', `${from.name}@${raw.digest} has nothing for ${(platforms ?? []).join(', ')}`);
  }
  const name = (whole: boolean): string | undefined =>
    tag === undefined ? undefined : immutableTag(raw.digest, whole ? undefined : platforms);
  if (!present) {
    const key = `${to.name}:${name(contents.left.length === 0) ?? ''} ${raw.digest}`;
    await run.roots(key, async () => void (await putWithChildren(run, place, raw, contents, 0, name)));
  }
  run.onManifest({ digest: raw.digest, size }, present ? 'present' : 'copied');
}
