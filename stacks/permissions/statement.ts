import type { Phase } from './phase.ts';

export type Conditions = Record<string, Record<string, string | readonly string[]>>;

/** One statement of an IAM policy, with the reason a customer's admin reads beside it. Strings may hold placeholders. */
export type Statement = {
  sid: string;
  effect: 'Allow' | 'Deny';
  actions: readonly string[];
  /** `notResources` denies or allows everything but these. */
  resources?: readonly string[];
  notResources?: readonly string[];
  conditions?: Conditions;
  reason: string;
  phases: readonly Phase[];
};
