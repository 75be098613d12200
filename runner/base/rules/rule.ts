import type { OwnBranch } from '../own-branch.ts';
import type { PlanChange } from '../../components/terraform/plan-change.ts';

/**
 * What one change means. `cut`: it takes from the runner what it stands on, or opens the account to somebody: refused, whoever approves it.
 * `ask`: it destroys or loosens something: only with the customer's approval. `fine`: nothing of the kind; a removal is still asked for.
 */
export type Opinion = { kind: 'cut'; why: string } | { kind: 'ask'; why: string } | { kind: 'fine' };

/** Looks at the changes of some types. */
export type Rule = { types: readonly string[]; look: (change: PlanChange, own: OwnBranch) => Opinion };

export const fine: Opinion = { kind: 'fine' };
export const cut = (why: string): Opinion => ({ kind: 'cut', why });
export const ask = (why: string): Opinion => ({ kind: 'ask', why });

export const removes = (change: PlanChange): boolean => change.verb === 'delete' || change.verb === 'replace';
