import type { Direction } from '../direction.ts';
import type { ComponentRecord } from '../record.ts';

export type TerraformAction =
  | { kind: 'none' }
  | { kind: 'apply'; why: string }
  /** It has moved forward and does not go back by itself. */
  | { kind: 'stay'; why: string };

export function decideTerraform(
  desired: { fingerprint: string; secrets: string; rollback: 'previous' | 'forward-only' },
  record: Pick<ComponentRecord, 'fingerprint' | 'applying' | 'terraform'> | null,
  direction: Direction,
): TerraformAction {
  if (record?.fingerprint === desired.fingerprint && record.applying === null) {
    // The same module with what the customer has put into a Secret since: no way back, whichever way the install goes.
    const same = (record.terraform?.secrets ?? '') === desired.secrets;
    return same ? { kind: 'none' } : { kind: 'apply', why: 'a Secret that it takes variables from has changed' };
  }
  if (record?.fingerprint === desired.fingerprint && record.applying === desired.fingerprint) {
    return { kind: 'apply', why: 'an apply was begun and its end is not recorded' };
  }
  if (direction !== 'forward' && desired.rollback === 'forward-only') {
    return { kind: 'stay', why: 'it is forward-only and has moved with a release that was taken back' };
  }
  if (record === null || (record.fingerprint === null && record.applying === null)) {
    return { kind: 'apply', why: 'it is not applied' };
  }
  if (record.applying !== null) return { kind: 'apply', why: 'an apply was begun and its end is not recorded' };
  return { kind: 'apply', why: 'module, variables or providers differ from what is applied' };
}
