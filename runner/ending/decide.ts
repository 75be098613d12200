import type { InstallRole, ProbeResult } from './access.ts';

/** Kept in the store. */
export type EndingRecord = {
  /** How the old session was answered before anything was taken from it: only a refusal after an `allowed` proves something. */
  before: ProbeResult | null;
  done: boolean;
  /** What the proof rests on, once done. */
  proof: string;
  /** Roles (by id) and entries that came back after the end, and were told of. */
  alarmed: string[];
};

export const freshRecord: EndingRecord = { before: null, done: false, proof: '', alarmed: [] };

export type EndingFacts = {
  /** What is not there yet of: lease, enrolment, word from the control plane, state and lock. In words. */
  missing: readonly string[];
  accessEntry: boolean;
  role: InstallRole | null;
  /** Asked for only when a decision needs it. */
  after: ProbeResult | null;
  record: EndingRecord;
};

export type EndingAction =
  | { kind: 'wait'; step: string; message: string }
  | { kind: 'probe'; when: 'before' | 'after' }
  | { kind: 'remove-access-entry' }
  | { kind: 'cut-policies'; deny: boolean; detach: string[]; remove: string[] }
  | { kind: 'delete-role'; proof: string }
  | { kind: 'record-done'; proof: string }
  | { kind: 'alarm'; what: string; message: string }
  | { kind: 'nothing' };

/**
 * The order of the end: runner ready, holding state and lock -> access entry removed -> everything denied, policies cut ->
 * old session refused -> role deleted. Pure; each call looks at the world anew, so a kill anywhere only means that it is asked again.
 */
export function decideEnding(facts: EndingFacts): EndingAction {
  const { record, role } = facts;
  if (record.done) return decideAfterwards(facts);
  if (facts.missing.length > 0) {
    return { kind: 'wait', step: 'WaitingForRunner', message: `first: ${facts.missing.join('; ')}` };
  }
  if (record.before === null && role !== null) return { kind: 'probe', when: 'before' };
  if (facts.accessEntry) return { kind: 'remove-access-entry' };
  if (role === null)
    return { kind: 'record-done', proof: record.proof === '' ? 'the role was gone already' : record.proof };
  const others = role.attachedPolicies.length + role.inlinePolicies.length;
  if (others > 0 || (!role.denied && record.proof === '')) {
    return {
      kind: 'cut-policies',
      deny: !role.denied,
      detach: role.attachedPolicies,
      remove: role.inlinePolicies,
    };
  }
  if (record.proof !== '') return { kind: 'delete-role', proof: record.proof };
  return decideByProbe(facts);
}

function decideByProbe({ record, after }: EndingFacts): EndingAction {
  const readBack = 'its policies read back as gone and all its sessions as denied';
  if (record.before !== 'allowed') {
    return { kind: 'delete-role', proof: `${readBack}; there was no old session to try` };
  }
  if (after === null) return { kind: 'probe', when: 'after' };
  if (after === 'allowed') {
    return { kind: 'wait', step: 'ProbingOldSession', message: 'the old session of the install role is still let in' };
  }
  if (after === 'refused') {
    return { kind: 'delete-role', proof: `its old session was let in before and refused after; ${readBack}` };
  }
  return {
    kind: 'delete-role',
    proof: `${readBack}; the probe of its old session ran out, so it proves nothing`,
  };
}

/** After the end nothing is deleted any more: what comes back was made by somebody, and a person must hear of it. */
function decideAfterwards({ record, role, accessEntry }: EndingFacts): EndingAction {
  if (role !== null && !record.alarmed.includes(role.roleId)) {
    return {
      kind: 'alarm',
      what: role.roleId,
      message: 'the install role is there again; close install_access in the account stack',
    };
  }
  if (accessEntry && !record.alarmed.includes('access-entry')) {
    return {
      kind: 'alarm',
      what: 'access-entry',
      message: 'the cluster has an access entry for the install role again',
    };
  }
  return { kind: 'nothing' };
}
