import { type Document, isMap, isScalar, isSeq, type YAMLMap } from 'yaml';
import { type Edit, follow, indentOf, type Rendered } from './edit-yaml.ts';

/**
 * Puts labels on every object of rendered manifests, hooks and tests included; one that is there already gets the value. Labels of pods in
 * templates stay as they are: they decide what a selector finds. Edited in place: all other bytes stay as the chart wrote them.
 */
export function addLabels({ text, documents }: Rendered, labels: Readonly<Record<string, string>>): Edit[] {
  if (Object.keys(labels).length === 0) return [];
  return documents.flatMap((document) =>
    metadataIn(document, document.contents).flatMap((metadata) => labelling(document, text, metadata, labels)),
  );
}

function metadataIn(document: Document.Parsed, node: unknown): YAMLMap[] {
  const object = follow(document, node);
  if (!isMap(object)) return [];
  const items = follow(document, object.get('items', true));
  if (isSeq(items)) return items.items.flatMap((item) => metadataIn(document, item));
  const metadata = follow(document, object.get('metadata', true));
  return isMap(metadata) ? [metadata] : [];
}

function labelling(
  document: Document.Parsed,
  text: string,
  metadata: YAMLMap,
  labels: Readonly<Record<string, string>>,
): Edit[] {
  const there = metadata.items.find((pair) => isScalar(pair.key) && pair.key.value === 'labels');
  const own = there?.value;
  if (isMap(own) && own.items.length > 0) return addedTo(document, text, own, labels);
  // None, an empty map, or a map that stands elsewhere: with what is in that, since that may be a selector, too.
  const shared = follow(document, own);
  const known = isMap(shared) ? Object(shared.toJS(document)) : {};
  const written = JSON.stringify({ ...known, ...labels });
  if (there === undefined) {
    const first = metadata.items[0]?.key;
    if (!isScalar(first) || !first.range) return [];
    const at = first.range[0];
    return [{ at, end: at, text: `labels: ${written}${metadata.flow === true ? ', ' : `\n${indentOf(text, at)}`}` }];
  }
  const range = rangeOf(own);
  if (range === undefined) return [];
  const [at, end] = range;
  return [{ at, end, text: `${text[at - 1] === ':' ? ' ' : ''}${written}` }];
}

/** Those that are there get the value, the others stand before the first of them. */
function addedTo(
  document: Document.Parsed,
  text: string,
  map: YAMLMap,
  labels: Readonly<Record<string, string>>,
): Edit[] {
  const edits: Edit[] = [];
  const missing = new Map(Object.entries(labels));
  for (const pair of map.items) {
    const name = isScalar(pair.key) ? String(pair.key.value) : '';
    const wanted = missing.get(name);
    const range = rangeOf(pair.value);
    if (wanted === undefined || range === undefined) continue;
    missing.delete(name);
    const now = follow(document, pair.value);
    if (isScalar(now) && now.value === wanted) continue;
    const [at, end] = range;
    edits.push({ at, end, text: `${text[at - 1] === ':' ? ' ' : ''}${JSON.stringify(wanted)}` });
  }
  const first = map.items[0]?.key;
  if (missing.size === 0 || !isScalar(first) || !first.range) return edits;
  const at = first.range[0];
  const apart = map.flow === true ? ', ' : `\n${indentOf(text, at)}`;
  const added = [...missing].map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}${apart}`);
  return [...edits, { at, end: at, text: added.join('') }];
}

function rangeOf(node: unknown): [number, number] | undefined {
  if (node === null || typeof node !== 'object' || !('range' in node) || !Array.isArray(node.range)) return undefined;
  const [at, end]: unknown[] = node.range;
  return typeof at === 'number' && typeof end === 'number' ? [at, end] : undefined;
}
