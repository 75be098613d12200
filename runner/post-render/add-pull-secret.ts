import { type Document, isAlias, isMap, isScalar, isSeq, type YAMLMap } from 'yaml';
import { type Edit, follow, indentOf, type Rendered } from './edit-yaml.ts';

/** Where the pod spec is, by kind. Kinds that nobody here knows are left alone: a field they do not have may be refused. */
const podSpecs: Readonly<Record<string, readonly string[]>> = {
  Pod: ['spec'],
  ...Object.fromEntries(
    ['DaemonSet', 'Deployment', 'Job', 'ReplicaSet', 'ReplicationController', 'StatefulSet'].map((kind) => [
      kind,
      ['spec', 'template', 'spec'],
    ]),
  ),
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
  // What an operator starts as one of these has the secret by it.
  ServiceAccount: [],
};
const field = 'imagePullSecrets';

/**
 * Names a pull secret in every pod spec and service account of rendered manifests, hooks and tests included, beside those that are named there
 * already. Edited in place: all other bytes stay as the chart wrote them.
 */
export function addPullSecret({ text, documents }: Rendered, secret: string): Edit[] {
  const item = JSON.stringify({ name: secret });
  return documents.flatMap((document) =>
    placesIn(document, document.contents).flatMap((map) => naming(document, text, map, item) ?? []),
  );
}

function placesIn(document: Document.Parsed, node: unknown): YAMLMap[] {
  const object = follow(document, node);
  if (!isMap(object)) return [];
  const items = follow(document, object.get('items', true));
  if (isSeq(items)) return items.items.flatMap((item) => placesIn(document, item));
  const kind = follow(document, object.get('kind', true));
  const path = isScalar(kind) && typeof kind.value === 'string' ? podSpecs[kind.value] : undefined;
  if (path === undefined) return [];
  let at: unknown = object;
  for (const key of path) {
    const map = follow(document, at);
    at = isMap(map) ? map.get(key, true) : undefined;
  }
  const found = follow(document, at);
  return isMap(found) ? [found] : [];
}

/** What has to be written where, so that the map names the secret. */
function naming(document: Document.Parsed, text: string, map: YAMLMap, item: string): Edit | undefined {
  const there = map.items.find((pair) => isScalar(pair.key) && pair.key.value === field);
  if (there === undefined) {
    const first = map.items[0]?.key;
    if (!isScalar(first) || !first.range) return undefined;
    const at = first.range[0];
    return { at, end: at, text: `${field}: [${item}]${map.flow === true ? ', ' : `\n${indentOf(text, at)}`}` };
  }
  const list = there.value;
  if (isSeq(list) && list.range) {
    if (JSON.stringify(list.toJSON()).includes(item)) return undefined;
    const at = list.range[0];
    if (list.flow === true) return { at: at + 1, end: at + 1, text: list.items.length === 0 ? item : `${item}, ` };
    return { at, end: at, text: `- ${item}\n${indentOf(text, at)}` };
  }
  // Nothing, or a list that stands elsewhere: this one takes its place, with what was in that.
  const named = follow(document, list);
  const others = isSeq(named) ? named.items.map((each) => JSON.stringify(asJson(document, each))) : [];
  const range = isScalar(list) || isAlias(list) ? list.range : undefined;
  if (!range) return undefined;
  const [at, end] = range;
  const space = text[at - 1] === ':' ? ' ' : '';
  return { at, end, text: `${space}[${[...others.filter((each) => each !== item), item].join(', ')}]` };
}

const asJson = (document: Document.Parsed, node: unknown): unknown => {
  const found = follow(document, node);
  return isMap(found) || isScalar(found) ? found.toJS(document) : null;
};
