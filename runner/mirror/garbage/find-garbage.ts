import type { Digest } from '../../../contract/index.ts';

export type StoredImage = { readonly digest: Digest; readonly tags: readonly string[] };

/** What a manifest leads to. */
export type Links = {
  /** Of an index: the manifests it names, whether they are there or not. */
  readonly children: readonly Digest[];
  /** Of a signature, an SBOM and the like: what it is about. */
  readonly subject: Digest | null;
};

/**
 * Manifests of one repository that no root needs. A root needs its children, theirs, and what refers to any of them: by `subject`, or by a
 * tag `sha256-<hex>...` (the referrers tag schema, cosign). In the order in which they can go: an index before its children.
 * `read`: null for what is not there; 'unknown' for what is no manifest that we understand: that is left alone.
 */
export async function findGarbage(options: {
  images: readonly StoredImage[];
  roots: ReadonlySet<Digest>;
  read: (digest: Digest) => Promise<Links | 'unknown' | null>;
}): Promise<Digest[][]> {
  const manifests = new Map<Digest, Links>();
  const visited = new Set<Digest>();
  // Not every registry lists what has no tag: children are found below their index.
  const waiting = options.images.map((image) => image.digest);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (visited.has(next)) continue;
    visited.add(next);
    const links = await options.read(next);
    if (links === null || links === 'unknown') continue;
    manifests.set(next, links);
    waiting.push(...links.children);
  }

  const kept = new Set<Digest>();
  const keep = (digest: Digest): void => {
    const links = manifests.get(digest);
    if (links === undefined || kept.has(digest)) return;
    kept.add(digest);
    for (const child of links.children) keep(child);
  };
  for (const root of options.roots) keep(root);
  for (let before = -1; before !== kept.size;) {
    before = kept.size;
    for (const [digest, { subject }] of manifests) if (subject !== null && kept.has(subject)) keep(digest);
    const hexes = new Set([...kept].map((digest) => digest.replace(':', '-')));
    for (const { digest, tags } of options.images)
      if (tags.some((tag) => hexes.has(/^sha256-[0-9a-f]{64}/.exec(tag)?.[0] ?? ''))) keep(digest);
  }

  return inWaves(
    [...manifests.keys()].filter((digest) => !kept.has(digest)),
    manifests,
  );
}

function inWaves(garbage: readonly Digest[], manifests: ReadonlyMap<Digest, Links>): Digest[][] {
  const waves: Digest[][] = [];
  for (let left = garbage; left.length > 0;) {
    const below = new Set(left.flatMap((digest) => manifests.get(digest)?.children ?? []));
    const wave = left.filter((digest) => !below.has(digest));
    if (wave.length === 0) break; // A digest cannot lead back to itself.
    waves.push(wave);
    left = left.filter((digest) => below.has(digest));
  }
  return waves;
}
