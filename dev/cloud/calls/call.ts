import type { Check } from '../policy/evaluate.ts';
import type { Dialect } from '../wire/refusal.ts';

/** What a request asks for, derived from the wire. */
export type Call = {
  service: string;
  /** `CreateCluster`. */
  action: string;
  dialect: Dialect;
  /** Rights the caller needs, all of them. Empty only for calls that need none (GetCallerIdentity). */
  checks: Check[];
  /** The first resource, for the recording. */
  resource?: string;
};
