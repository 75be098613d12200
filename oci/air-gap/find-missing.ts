import type { Digest } from '../../contract/index.ts';
import type { ContentSource } from '../copy/content-store.ts';
import { wantsPlatform } from '../copy/platform.ts';
import { type Descriptor, parseManifest } from '../manifest.ts';
import { isForeign } from '../media-types.ts';
import { platformsOf } from './root-annotations.ts';

/**
 * What roots name, themselves or further below, and is not in an archive as they name it; undefined when all of it is there. Of the platforms that were
 * not chosen, and of layers whose bytes are elsewhere by license, nothing is looked for.
 */
export async function findMissing(
  content: ContentSource,
  sizeOf: (digest: Digest) => number | undefined,
  roots: readonly Descriptor[],
): Promise<string | undefined> {
  const lacking = ({ digest, size }: Descriptor, by: string): string | undefined => {
    const held = sizeOf(digest);
    if (held === undefined) return `${digest}, which ${by} names, is not in it`;
    return held === size ? undefined : `${digest} has ${held} bytes, and ${size} as ${by} names it`;
  };
  const seen = new Set<string>();
  const queue = roots.map((each) => ({ each, by: 'its index', platforms: platformsOf(each) }));
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const { each, by, platforms } = next;
    const missing = lacking(each, by);
    if (missing !== undefined) return missing;
    const key = `${each.digest} ${(platforms ?? []).join(' ')}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const raw = await content.getManifest(each.digest);
    if (raw.mediaType !== each.mediaType) return `${each.digest} is ${raw.mediaType}, and ${by} says ${each.mediaType}`;
    const parsed = parseManifest(raw);
    if (parsed.kind === 'index') {
      const children = parsed.index.manifests.filter((child) => wantsPlatform(child.platform, platforms));
      queue.push(...children.map((child) => ({ each: child, by: raw.digest, platforms })));
      continue;
    }
    for (const blob of [parsed.manifest.config, ...parsed.manifest.layers]) {
      const missing = isForeign(blob.mediaType) ? undefined : lacking(blob, raw.digest);
      if (missing !== undefined) return missing;
    }
  }
  return undefined;
}
