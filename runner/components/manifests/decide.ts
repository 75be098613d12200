import type { ManifestsObserved, Seen } from './observe.ts';

export type ManifestsAction =
  | { kind: 'none' }
  /** Objects that are somebody else's: nothing is touched. */
  | { kind: 'refuse'; taken: readonly { id: string; owner: string }[] }
  /** Objects that are going away must be gone first. */
  | { kind: 'await'; ids: readonly string[] }
  /** `all`: the whole definition; else what is missing or changed. */
  | { kind: 'apply'; ids: readonly string[]; all: boolean; why: string }
  /** Those of one stage, last stage first. */
  | { kind: 'prune'; ids: readonly string[] };

export type WantedManifests = {
  fingerprint: string;
  /** In the order in which they are applied. */
  ids: readonly string[];
  takeOver: boolean;
  /** Those of which changed fields are put back while nothing else is to do. */
  toCorrect: ReadonlySet<string>;
  /** Those that somebody deletes again each time they are put back: they stay away. */
  left: ReadonlySet<string>;
};

/** What is remembered: `fingerprint` of what was applied wholly, `applying` of what was begun, ids of all that may be there because of it. */
export type ManifestsMemory = {
  fingerprint: string | null;
  applying: string | null;
  inventory: readonly string[];
};

/** One step at a time: the world is observed again after each. `wanted` null: nothing of it may be left. */
export function decideManifests(
  wanted: WantedManifests | null,
  observed: ManifestsObserved,
  memory: ManifestsMemory,
  /** Of the kind of an object; see identity.ts. */
  stageOf: (id: string) => number,
  /** Whether an absent object has done its work and gone by itself (a Job with a time to live). */
  isPassing: (id: string) => boolean,
): ManifestsAction {
  if (wanted !== null) {
    const action = decideWanted(wanted, observed, memory, isPassing);
    if (action !== null) return action;
  }
  const there = observed.leftovers.filter(({ state }) => state === 'ours' || state === 'terminating');
  const last = Math.max(...there.map(({ id }) => stageOf(id)));
  const stage = there.filter(({ id }) => stageOf(id) === last);
  const ours = stage.filter(({ state }) => state === 'ours').map(({ id }) => id);
  if (ours.length > 0) return { kind: 'prune', ids: ours };
  return stage.length === 0 ? { kind: 'none' } : { kind: 'await', ids: stage.map(({ id }) => id) };
}

function decideWanted(
  wanted: WantedManifests,
  observed: ManifestsObserved,
  memory: ManifestsMemory,
  isPassing: (id: string) => boolean,
): ManifestsAction | null {
  const known = new Set(memory.inventory);
  const seen = wanted.ids.map((id) => ({ id, ...(observed.wanted.get(id) ?? absent) }));
  const taken = seen.flatMap((item) => {
    if (item.state === 'foreign') return [{ id: item.id, owner: item.owner }];
    // What the component has applied is its own, even if somebody took the labels off.
    const nobodys = item.state === 'unowned' && !wanted.takeOver && !known.has(item.id) && !isShared(item.id);
    return nobodys ? [{ id: item.id, owner: 'somebody outside of the release' }] : [];
  });
  if (taken.length > 0) return { kind: 'refuse', taken };
  const going = seen.filter(({ state }) => state === 'terminating').map(({ id }) => id);
  if (going.length > 0) return { kind: 'await', ids: going };
  if (memory.fingerprint !== wanted.fingerprint || memory.applying !== null) {
    return { kind: 'apply', ids: wanted.ids, all: true, why: whyAll(wanted, memory) };
  }
  const missing = seen.filter(({ id, state }) => state === 'absent' && !isPassing(id) && !wanted.left.has(id));
  const unmarked = seen.filter(({ state }) => state === 'unowned');
  const changed = seen.filter(({ id, state }) => state === 'changed' && wanted.toCorrect.has(id));
  const wrong = [...missing, ...unmarked, ...changed].map(({ id }) => id);
  if (wrong.length === 0) return null;
  const counts = [`${missing.length} deleted`, `${unmarked.length + changed.length} changed by others`];
  return { kind: 'apply', ids: wrong, all: false, why: `put back: ${counts.join(', ')}` };
}

const absent: Seen = { state: 'absent' };

/** A namespace is made by whoever comes first, and never deleted: there is nothing to take over. */
function isShared(id: string): boolean {
  return id.startsWith('v1/Namespace//');
}

function whyAll(wanted: WantedManifests, memory: ManifestsMemory): string {
  if (memory.applying !== null && memory.fingerprint === null && memory.applying === wanted.fingerprint) {
    return 'it is not wholly applied yet';
  }
  if (memory.applying !== null) return 'an apply was begun and its end is not recorded';
  return memory.fingerprint === null
    ? 'it is not applied'
    : 'objects, images or what expressions give differ from what is applied';
}
