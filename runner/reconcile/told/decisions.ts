import type {
  ComponentName,
  ComponentState,
  Decision,
  DecisionAction,
  DecisionTaken,
} from '../../../contract/index.ts';
import type { Facts } from './facts.ts';

export type DecisionNow = { action: DecisionAction; why: string };

const stalledActions: ReadonlyMap<string, DecisionAction> = new Map([
  ['ForwardOnly', 'stay'],
  ['Held', 'hold'],
  ['DriftContested', 'wait'],
]);

/** Pure: what is done about a component, read from what is told of it. */
export function decisionFrom(state: ComponentState, facts: Facts): DecisionNow {
  const { Ready: ready, Reconciling: reconciling, Stalled: stalled, Suspended: suspended } = facts;
  if (state === 'ShuttingDown') return { action: 'remove', why: 'it is not part of the release any more' };
  if (stalled?.status === 'True') {
    return { action: stalledActions.get(stalled.reason) ?? 'fail', why: stalled.message };
  }
  if (reconciling?.status === 'True') {
    const action = reconciling.reason === 'WaitingForHealth' ? 'await-health' : 'apply';
    return { action, why: reconciling.message };
  }
  if (suspended?.status === 'True') return { action: 'pause', why: suspended.message };
  if (ready?.status === 'True') return { action: 'keep', why: ready.message };
  // Applied and not as it should be, with nothing to be done about it but to look: told when it is kept.
  if (ready?.reason === 'Progressing') return { action: 'await-health', why: ready.message };
  return { action: 'wait', why: ready?.message ?? 'nothing is known of it yet' };
}

export type DecisionLog = {
  /** Notes what is decided now; null is the install. Returns the decision as it is told: `since` when it began. */
  note(component: ComponentName | null, now: DecisionNow): Decision;
  of(component: ComponentName | null): Decision | null;
  /** The latest ones, newest last. */
  latest(): DecisionTaken[];
  forget(names: (name: string) => boolean): void;
  /** From what an earlier runner has left: what has not changed since goes on. */
  recall(decisions: readonly DecisionTaken[], standing: ReadonlyMap<string | null, Decision>): void;
};

const mostKept = 50;
const longestWhy = 500;

/** Every decision counts once: the same one again, or one whose progress is only told in other words, is the one there is. */
export function createDecisionLog(now: () => Date): DecisionLog {
  const standing = new Map<string | null, Decision>();
  let latest: DecisionTaken[] = [];
  return {
    note: (component, decided) => {
      const why = decided.why.slice(0, longestWhy);
      const before = standing.get(component);
      const goesOn = before?.action === decided.action && (decided.action !== 'apply' || before.why === why);
      const decision = { action: decided.action, why, since: goesOn ? before.since : now().toISOString() };
      standing.set(component, decision);
      if (!goesOn) latest = [...latest, { ...decision, component: component }].slice(-mostKept);
      return decision;
    },
    of: (component) => standing.get(component) ?? null,
    latest: () => latest,
    forget: (names) => {
      for (const name of standing.keys()) if (name !== null && names(name)) standing.delete(name);
    },
    recall: (decisions, known) => {
      latest = [...decisions].slice(-mostKept);
      for (const [name, decision] of known) standing.set(name, decision);
    },
  };
}
