import { isPending } from '../../../engines/index.ts';
import type { KubeObject } from '../../kubernetes/index.ts';
import type { Direction } from '../direction.ts';
import { describeDrift, type Drifted } from './drift.ts';
import type { HelmObserved } from './observe.ts';

export type HelmAction =
  | { kind: 'none' }
  /** `again`: tries of it have failed, and none was ever whole. Only an install runs the chart's install hooks. */
  | { kind: 'install'; why: string; again?: true }
  | { kind: 'upgrade'; why: string }
  /** Put back what is missing, and what others have changed, from the release's own stored manifest. */
  | { kind: 'repair'; missing: readonly KubeObject[]; drifted: readonly Drifted[] }
  /** The newest revision is pending, and the process that wrote it is dead. */
  | { kind: 'unlock'; revision: number; why: string }
  /** Take away what only these tries of the first install have made, and their records. */
  | { kind: 'prune'; tries: readonly number[] }
  | { kind: 'rollback'; revision: number }
  | { kind: 'uninstall'; why: string };

/** What the release is to be. `refused`: it has failed here, so what was there before it stays or comes back. */
export type HelmWanted = { fingerprint: string; refused?: boolean };
/** `drifted`: what is to be put back of it. */
export type HelmSeen = Pick<HelmObserved, 'history' | 'missing'> & { drifted?: readonly Drifted[] };

/** One step at a time: the world is observed again after each. `desired` null: the release must not be there. */
export function decideHelm(desired: HelmWanted | null, observed: HelmSeen, direction: Direction): HelmAction {
  const newest = observed.history.at(-1);
  const tries = failedTries(observed.history);
  if (desired === null) {
    if (newest === undefined) return { kind: 'none' };
    return tries.length > 0 ? { kind: 'prune', tries } : { kind: 'uninstall', why: 'it is not part of the release' };
  }
  if (newest === undefined)
    return desired.refused === true ? { kind: 'none' } : { kind: 'install', why: 'it is not installed' };
  if (isPending(newest.status)) {
    return { kind: 'unlock', revision: newest.revision, why: `revision ${newest.revision} was left ${newest.status}` };
  }
  const { missing, drifted = [] } = observed;
  if (newest.status === 'deployed' && (newest.fingerprint === desired.fingerprint || desired.refused === true)) {
    if (tries.length > 0) return { kind: 'prune', tries };
    return missing.length + drifted.length === 0 ? { kind: 'none' } : { kind: 'repair', missing, drifted };
  }
  if (desired.refused === true) {
    const before = observed.history.findLast((seen) => seen.status === 'superseded' || seen.status === 'deployed');
    return before === undefined ? { kind: 'none' } : { kind: 'rollback', revision: before.revision };
  }
  if (direction === 'back') {
    const good = observed.history.findLast(
      (seen) =>
        seen.fingerprint === desired.fingerprint && (seen.status === 'superseded' || seen.status === 'deployed'),
    );
    if (good !== undefined) return { kind: 'rollback', revision: good.revision };
  }
  const why = whyUpgrade(newest, desired.fingerprint);
  return wasNeverWhole(observed.history) ? { kind: 'install', why, again: true } : { kind: 'upgrade', why };
}

/** Helm drops the oldest revisions first: where the first one is there, nothing was before it. */
function wasNeverWhole(history: HelmSeen['history']): boolean {
  return history[0]?.revision === 1 && history.every(({ status }) => status === 'failed');
}

/** Those before the newest revision. Helm looks at the newest alone: what only a try before it has made would stay for ever. */
function failedTries(history: HelmSeen['history']): number[] {
  if (history[0]?.revision !== 1) return [];
  const whole = history.findIndex(({ status }) => status !== 'failed');
  return history.slice(0, whole === -1 ? -1 : whole).map(({ revision }) => revision);
}

function whyUpgrade(
  newest: { revision: number; status: string; fingerprint: string | null },
  fingerprint: string,
): string {
  if (newest.fingerprint === null) return `revision ${newest.revision} was not made by the runner`;
  if (newest.fingerprint !== fingerprint) return 'chart, values or images differ from what is installed';
  return `revision ${newest.revision} is ${newest.status}`;
}

/** For events and the journal. */
export function describeAction(action: HelmAction): string {
  switch (action.kind) {
    case 'none':
      return 'nothing to do';
    case 'repair':
      return [
        ...action.missing.map((object) => `put back ${object.kind} ${object.metadata.name}`),
        ...(action.drifted.length === 0 ? [] : [`set back ${describeDrift(action.drifted)}`]),
      ].join(', ');
    case 'prune':
      return `take away what only tries of its first install have made that failed (revision ${action.tries.join(', ')})`;
    case 'rollback':
      return `rollback to revision ${action.revision}`;
    default:
      return `${action.kind}: ${action.why}`;
  }
}
