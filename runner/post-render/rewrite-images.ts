import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, type Node, type Scalar } from 'yaml';
import { LandfallError } from '../../contract/index.ts';
import type { Edit, Rendered } from './edit-yaml.ts';

/** Lists whose items name an image under `image` (PodSpec, core/v1). */
const containerLists: ReadonlySet<unknown> = new Set(['containers', 'initContainers', 'ephemeralContainers']);

/**
 * Replaces every image by its place in the mirror, by digest. The text is edited in place, so that everything else stays byte for byte as the
 * chart wrote it (a YAML round trip would turn `on`, `0644` or `1e3` into something else). Refuses images the release does not pin (LF-RUNNER-006).
 */
export function rewriteImages({ documents }: Rendered, images: Readonly<Record<string, string>>): Edit[] {
  const edits: Edit[] = [];
  const unpinned = new Set<string>();
  const pinned = new Set(Object.values(images));
  for (const document of documents) {
    for (const node of imagesIn(document)) {
      const named = valueOf(node, document);
      const place =
        (Object.hasOwn(images, named) ? images[named] : undefined) ?? (pinned.has(named) ? named : undefined);
      if (place === undefined) unpinned.add(named);
      else if (node.range) edits.push({ at: node.range[0], end: node.range[1], text: JSON.stringify(place) });
    }
  }
  if (unpinned.size > 0) {
    const names = [...unpinned].sort().join(', ');
    throw new LandfallError('LF-RUNNER-006', `the release does not pin ${names}`, {
      details: { images: [...unpinned] },
    });
  }
  return edits;
}

function imagesIn(document: Document.Parsed): (Scalar | Alias)[] {
  const found: (Scalar | Alias)[] = [];
  const seen = new Set<Node>();
  const take = (node: unknown): void => {
    if (isScalar(node) || isAlias(node)) found.push(node);
    else if (node !== null && node !== undefined) {
      throw new LandfallError('LF-RUNNER-007', 'a container in a rendered manifest has an image that is no text');
    }
  };
  const follow = (node: unknown): unknown => (isAlias(node) ? node.resolve(document) : node);

  /** An item of a list of containers; with merge keys, what it merges is part of it. */
  const container = (item: unknown, key: string): void => {
    const map = follow(item);
    if (!isMap(map)) return;
    for (const pair of map.items) {
      const name = keyOf(pair.key);
      if (name === key) take(pair.value);
      else if (name === '<<') {
        const merged = follow(pair.value);
        for (const part of isSeq(merged) ? merged.items : [merged]) container(part, key);
      }
    }
  };
  const walk = (node: unknown): void => {
    const value = follow(node);
    if (isSeq(value)) {
      if (seen.has(value)) return;
      seen.add(value);
      for (const item of value.items) walk(item);
    } else if (isMap(value)) {
      if (seen.has(value)) return;
      seen.add(value);
      for (const pair of value.items) {
        const name = keyOf(pair.key);
        const list = follow(pair.value);
        if (containerLists.has(name) && isSeq(list)) for (const item of list.items) container(item, 'image');
        if (name === 'volumes' && isSeq(list)) for (const item of list.items) imageVolume(item);
        walk(pair.value);
      }
    }
  };
  /** `volumes[].image.reference`: an image mounted as a volume (core/v1 ImageVolumeSource). */
  const imageVolume = (item: unknown): void => {
    const map = follow(item);
    if (!isMap(map)) return;
    for (const pair of map.items) if (keyOf(pair.key) === 'image') container(pair.value, 'reference');
  };
  walk(document.contents);
  return found;
}

/** A merge key's value is a symbol of the parser, so its text is what counts. */
function keyOf(key: unknown): unknown {
  return isScalar(key) ? (key.source ?? key.value) : key;
}

function valueOf(node: Scalar | Alias, document: Document.Parsed): string {
  const scalar = isAlias(node) ? node.resolve(document) : node;
  if (isScalar(scalar) && typeof scalar.value === 'string' && scalar.value !== '') return scalar.value;
  throw new LandfallError('LF-RUNNER-007', 'a container in a rendered manifest has an image that is no text');
}
