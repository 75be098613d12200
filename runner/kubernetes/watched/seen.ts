import type { KubeObject, Observation } from '../types.ts';
import { createLabelIndex } from './label-index.ts';
import { type LabelTerm, matchesTerms } from './selection.ts';

type Place = { namespace?: string | undefined; name: string };

/** What a watch has told, and what this process knows beyond it. Pure memory; nothing waits here. */
export type Seen = {
  observe(seen: Observation): void;
  /** `behind`: this process knows that what was told of it is out of date. */
  get(place: Place): KubeObject | 'absent' | 'behind';
  list(namespace: string | undefined, terms: readonly LabelTerm[]): KubeObject[] | 'behind';
  /** Read from the API server, or its answer to a write. `whole`: not only its metadata. */
  note(object: KubeObject, whole: boolean): void;
  /** The API server says that it is not there. */
  noteGone(place: Place): void;
  /** It was asked to delete it; when it is gone, the watch tells. */
  noteDeleting(place: Place): void;
  /** A list of the API server: what it does not hold is gone. */
  noteList(
    namespace: string | undefined,
    terms: readonly LabelTerm[],
    items: readonly KubeObject[],
    resourceVersion: string,
  ): void;
  size(): number;
};

/** Whether the watch selects it; `whole`: it keeps objects with all of their contents. */
export function createSeen(selects: (object: KubeObject) => boolean, keepsWhole: boolean): Seen {
  let known = new Map<string, KubeObject>();
  /** Newer than what was told: from which revision on the watch has caught up; infinity: when it tells of the deletion. */
  const behind = new Map<string, number>();
  /** Certainly gone, with its uid: what the watch still tells of this one is late. */
  const gone = new Map<string, string>();
  const index = createLabelIndex();

  const put = (key: string, object: KubeObject): void => {
    const before = known.get(key);
    if (before !== undefined) index.remove(key, before);
    known.set(key, object);
    index.add(key, object);
  };
  const drop = (key: string): void => {
    const before = known.get(key);
    if (before !== undefined) index.remove(key, before);
    known.delete(key);
  };
  const bury = (key: string): void => {
    const uid = known.get(key)?.metadata.uid;
    if (uid !== undefined) gone.set(key, uid);
    drop(key);
    behind.delete(key);
  };
  const told = (type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeObject): void => {
    const key = keyOf(object.metadata);
    const revision = revisionOf(object);
    const before = known.get(key);
    if (type === 'DELETED') {
      gone.delete(key);
      if (before !== undefined && revisionOf(before) > revision) return; // Made anew since.
      drop(key);
      behind.delete(key);
      return;
    }
    if (gone.get(key) === object.metadata.uid && gone.has(key)) return;
    if (before !== undefined && revisionOf(before) > revision) return;
    put(key, object);
    const until = behind.get(key);
    if (until !== undefined && until <= revision) behind.delete(key);
  };
  const listed = (objects: readonly KubeObject[], resourceVersion: string | undefined): void => {
    const at = resourceVersion === undefined ? Number.POSITIVE_INFINITY : Number(resourceVersion);
    const newer = [...known.entries()].filter(([, object]) => revisionOf(object) > at);
    known = new Map();
    index.clear();
    gone.clear();
    for (const object of objects) put(keyOf(object.metadata), object);
    for (const [key, object] of newer) put(key, object);
    for (const [key, until] of behind) if (until <= at || !known.has(key)) behind.delete(key);
  };

  return {
    observe: (seen) => {
      if (seen.type === 'listed') listed(seen.objects, seen.resourceVersion);
      else told(seen.event.type, seen.event.object);
    },
    get: (place) => {
      const key = keyOf(place);
      return behind.has(key) ? 'behind' : (known.get(key) ?? 'absent');
    },
    list: (namespace, terms) => {
      const inside = (key: string): boolean => namespace === undefined || key.startsWith(`${namespace}/`);
      for (const key of behind.keys()) if (inside(key)) return 'behind';
      const [first, ...others] = terms;
      const keys = first === undefined ? [...known.keys()] : index.keysOf(first, known);
      return keys.filter(inside).flatMap((key) => {
        const object = known.get(key);
        return object !== undefined && matchesTerms(object, others) ? [object] : [];
      });
    },
    note: (object, whole) => {
      const key = keyOf(object.metadata);
      const before = known.get(key);
      const revision = revisionOf(object);
      if (before !== undefined && revisionOf(before) >= revision) return;
      gone.delete(key);
      if (!selects(object)) drop(key);
      else if (whole || !keepsWhole) put(key, object);
      else behind.set(key, revision);
    },
    noteGone: (place) => bury(keyOf(place)),
    noteDeleting: (place) => {
      const key = keyOf(place);
      if (known.has(key) || behind.has(key)) behind.set(key, Number.POSITIVE_INFINITY);
    },
    noteList: (namespace, terms, items, resourceVersion) => {
      const there = new Set(items.map(({ metadata }) => keyOf(metadata)));
      const at = Number(resourceVersion);
      const [first] = terms;
      for (const key of first === undefined ? [...known.keys()] : index.keysOf(first, known)) {
        const object = known.get(key);
        if (object === undefined || there.has(key) || revisionOf(object) > at) continue;
        if ((namespace === undefined || key.startsWith(`${namespace}/`)) && matchesTerms(object, terms)) bury(key);
      }
    },
    size: () => known.size,
  };
}

function keyOf({ namespace, name }: Place): string {
  return `${namespace ?? ''}/${name}`;
}

/** Revisions can be compared within one kind (KEP-5504; etcd's have always grown). */
function revisionOf(object: KubeObject): number {
  return Number(object.metadata.resourceVersion ?? '0');
}
