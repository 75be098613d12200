import { LandfallError } from '../../contract/index.ts';
import type { ContentSource, ContentTarget } from '../copy/content-store.ts';
import { putTag } from '../copy/immutable-tag.ts';
import { type PlatformName, wantsPlatform } from '../copy/platform.ts';
import { type Descriptor, parseManifest, type RawManifest } from '../manifest.ts';
import { indexTypes, isForeign } from '../media-types.ts';
import { hasStatus } from '../registry/failures.ts';
import { onlyOnce } from './once.ts';
import type { Brought, MirrorRun } from './run.ts';
import { together } from './slots.ts';

/** Between which places a tree is brought, and how much of it was seen. */
export type Place = {
  readonly from: ContentSource;
  readonly to: ContentTarget;
  readonly platforms: readonly PlatformName[] | undefined;
  readonly manifests: { count: number };
};

export type Contents = {
  readonly images: number;
  /** Children of an index that were not brought. */
  readonly left: readonly Descriptor[];
};

/** Digests cannot make a loop, but a chain as long as somebody cares to push. Real trees have two or three levels. */
const deepest = 8;
const mostManifests = 20_000;

/** All that a manifest names, so that it can be put after it. `onRead`: every manifest below it is read. */
export async function bringContents(
  run: MirrorRun,
  place: Place,
  raw: RawManifest,
  depth: number,
  onRead: () => void,
): Promise<Contents> {
  const parsed = parseManifest(raw);
  if (depth > deepest || ++place.manifests.count > mostManifests) {
    const limits = `${deepest} levels or ${mostManifests} manifests`;
    throw new LandfallError('LF-OCI-025', `${place.from.name}@${raw.digest} lies in a tree of more than ${limits}`);
  }
  if (parsed.kind === 'manifest') {
    const { config, layers } = parsed.manifest;
    const blobs = [config, ...layers].filter((each) => !isForeign(each.mediaType));
    const transfers = blobs.map((each) => run.blob(place.from, place.to, each));
    onRead();
    await together(transfers, run.failed);
    return { images: 1, left: [] };
  }
  const children = parsed.index.manifests;
  let unread = children.length;
  const brought = await together(
    children.map(async (child): Promise<Brought> => {
      const read = onlyOnce(() => void (--unread === 0 && onRead()));
      const wanted = wantsPlatform(child.platform, place.platforms);
      const result = wanted ? await bringChild(run, place, child, depth + 1, read) : { images: 0, whole: false };
      read();
      return result;
    }),
    run.failed,
  );
  const attested = (child: Descriptor | undefined): boolean => child?.platform?.os === 'unknown';
  return {
    images: brought.reduce((sum, each, at) => sum + (attested(children[at]) ? 0 : each.images), 0),
    left: children.filter((_, at) => brought[at]?.whole !== true),
  };
}

/** One child of an index, once per run and repository. */
function bringChild(
  run: MirrorRun,
  place: Place,
  child: Descriptor,
  depth: number,
  onRead: () => void,
): Promise<Brought> {
  const { from, to } = place;
  return run.manifests(`${to.name} ${child.digest} ${(place.platforms ?? []).join(' ')}`, async () => {
    // An image that is there is whole. An index may have come with fewer platforms than are wanted now.
    const isIndex = indexTypes.includes(child.mediaType);
    const there = (await run.small(() => to.resolve(child.digest, run.call))) === child.digest;
    if (there && !isIndex) {
      run.onManifest(child, 'present');
      return { images: 1, whole: true };
    }
    const raw = await run.small(() => from.getManifest(child.digest, run.call));
    if (raw.digest !== child.digest || raw.bytes.byteLength !== child.size || raw.mediaType !== child.mediaType) {
      throw new LandfallError('LF-OCI-005', `Manifest ${child.digest} of ${from.name} is not what its index says`);
    }
    const contents = await bringContents(run, place, raw, depth, onRead);
    if (isIndex && contents.images === 0 && contents.left.length > 0) return { images: 0, whole: false };
    const whole = there ? contents.left.length === 0 : await putWithChildren(run, place, raw, contents, depth);
    run.onManifest(child, there ? 'present' : 'copied');
    return { images: contents.images, whole };
  });
}

/**
 * Stores a manifest after its contents, by its digest or under the tag that `tag` gives it. Some registries refuse an index whose children are
 * not all there; then the others come along after all. Resolves to whether nothing is left out.
 */
export async function putWithChildren(
  run: MirrorRun,
  place: Place,
  raw: RawManifest,
  contents: Contents,
  depth: number,
  tag: (whole: boolean) => string | undefined = () => undefined,
): Promise<boolean> {
  const put = (whole: boolean): Promise<void> =>
    run.small(async () => {
      await run.prepare(place.to);
      const name = tag(whole);
      await (name === undefined ? place.to.putManifest(raw, run.call) : putTag(place.to, raw, name, run.call));
    });
  const { left } = contents;
  try {
    await put(left.length === 0);
    return left.length === 0;
  } catch (error) {
    if (left.length === 0 || !hasStatus(error, 400, 404)) throw error;
    const all = { ...place, platforms: undefined };
    await together(
      left.map((child) => bringChild(run, all, child, depth + 1, () => undefined)),
      run.failed,
    );
    await put(true);
    return true;
  }
}
