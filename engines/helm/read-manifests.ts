import {
  type Alias,
  type Document,
  type DocumentOptions,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseAllDocuments,
  type ParseOptions,
  Scalar,
  type SchemaOptions,
  visit,
  type YAMLMap,
} from 'yaml';

/** Manifests, or why this is not sure to read them as Kubernetes does. */
export type ReadManifests =
  | {
      readonly documents: readonly Document.Parsed[];
      /** Each document as the API server would get it; null where there is nothing in it. */
      readonly objects: readonly unknown[];
    }
  | { readonly unclear: string };

/** YAML as Kubernetes reads it. Whether a key stands twice is not looked at: the library would compare each with all before it. */
export const kubernetesYaml = {
  version: '1.1',
  merge: true,
  logLevel: 'silent',
  uniqueKeys: false,
  // Kubernetes' reader takes 2026-01-31 and 12:30 for the strings they look like.
  customTags: (tags) =>
    tags.filter((tag) => typeof tag === 'string' || (!tag.tag.endsWith(':timestamp') && tag.format !== 'TIME')),
} as const satisfies ParseOptions & DocumentOptions & SchemaOptions;

/** Others mean something else to other readers: `!!binary` is a text for Go. */
const clearTags: ReadonlySet<string> = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`),
);
const mergeTag = 'tag:yaml.org,2002:merge';

/** Of one document: each is looked for among all anchors before it. */
export const maxAliases = 1000;

/** They end a line in YAML 1.1 (section 4.2) and so for Go, but not for the parser here. Each is one unit long, so every place stays. */
const otherBreaks = /\r(?!\n)|[\u0085\u2028\u2029]/g;

/**
 * Reads rendered manifests as Helm and Kubernetes do, with Go's YAML 1.1: what is judged here is what is applied there. Where the two readers
 * could come to something else, it says so: tags but those of JSON's types, keys that are no scalars or stand twice, and merge keys below a
 * key that they bring along (Go takes theirs, YAML says the other).
 */
export function readManifests(text: string): ReadManifests {
  try {
    const documents = parseAllDocuments(text.replaceAll(otherBreaks, '\n'), kubernetesYaml);
    for (const document of documents) {
      const unclear = document.errors[0]?.message ?? unclearIn(document);
      if (unclear !== undefined) return { unclear };
    }
    return { documents, objects: documents.map((document): unknown => document.toJS({ maxAliasCount: 100 })) };
  } catch (error) {
    return { unclear: error instanceof Error ? error.message : String(error) };
  }
}

function unclearIn(document: Document.Parsed): string | undefined {
  const maps: YAMLMap[] = [];
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node | undefined>();
  let unclear: string | undefined;
  const look = (node: Node): symbol | undefined => {
    if (isAlias(node)) {
      targets.set(node, anchors.get(node.source));
      if (targets.size > maxAliases) unclear ??= `it has more than ${maxAliases} aliases`;
    } else {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
      if (isMap(node)) maps.push(node);
      if (!hasClearTag(node)) unclear ??= `it has the tag ${node.tag}`;
    }
    return unclear === undefined ? undefined : visit.BREAK;
  };
  visit(document, { Node: (_, node) => look(node) });
  const brought = new Map<YAMLMap, Set<string>>();
  for (const map of maps) unclear ??= unclearKey(map, targets, brought);
  return unclear;
}

function hasClearTag(node: Node): boolean {
  if (node.tag === undefined || clearTags.has(node.tag)) return true;
  // So Go writes a merge key.
  return node.tag === mergeTag && isScalar(node) && node.type === Scalar.PLAIN && node.source === '<<';
}

function unclearKey(
  map: YAMLMap,
  targets: ReadonlyMap<Alias, Node | undefined>,
  brought: Map<YAMLMap, Set<string>>,
): string | undefined {
  const own = new Set<string>();
  const merged = new Set<string>();
  for (const pair of map.items) {
    if (!isScalar(pair.key)) return 'it has a key that is no scalar';
    if (isMerge(pair)) {
      for (const name of namesIn(pair.value, targets, brought)) {
        if (own.has(name) || merged.has(name)) return `a merge key brings ${name}, which is there before it`;
      }
      for (const name of namesIn(pair.value, targets, brought)) merged.add(name);
    } else {
      const name = String(pair.key.value);
      if (own.has(name)) return `the key ${name} is there twice`;
      own.add(name);
    }
  }
  return undefined;
}

const isMerge = (pair: Pair): boolean => isScalar(pair.key) && typeof pair.key.value === 'symbol';

/** The keys of a map, or of a list of maps, those that it merges itself included. */
function namesIn(
  value: unknown,
  targets: ReadonlyMap<Alias, Node | undefined>,
  brought: Map<YAMLMap, Set<string>>,
): ReadonlySet<string> {
  const node = isAlias(value) ? targets.get(value) : value;
  if (isSeq(node)) return new Set(node.items.flatMap((item) => [...namesIn(item, targets, brought)]));
  if (!isMap(node)) return new Set();
  const known = brought.get(node);
  if (known !== undefined) return known;
  const names = new Set<string>();
  brought.set(node, names);
  for (const pair of node.items) {
    if (isMerge(pair)) for (const name of namesIn(pair.value, targets, brought)) names.add(name);
    else if (isScalar(pair.key)) names.add(String(pair.key.value));
  }
  return names;
}
