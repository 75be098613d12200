import type { Direction } from '../direction.ts';
import type { ComponentRecord } from '../record.ts';

export type TerraformAction =
  | { kind: 'none' }
  | { kind: 'apply'; why: string }
  /** It has moved forward and does not go back by itself. */
  | { kind: 'stay'; why: string };

export function decideTerraform(
  desired: { fingerprint: string; rollback: 'previous' | 'forward-only' },
  record: Pick<ComponentRecord, 'fingerprint' | 'applying'> | null,
  direction: Direction,
): TerraformAction {
  if (record?.fingerprint === desired.fingerprint && record.applying === null) return { kind: 'none' };
  if (direction !== 'forward' && desired.rollback === 'forward-only') {
    return { kind: 'stay', why: 'it is forward-only and has moved with a release that was taken back' };
  }
  if (record === null || (record.fingerprint === null && record.applying === null)) {
    return { kind: 'apply', why: 'it is not applied' };
  }
  if (record.applying !== null) return { kind: 'apply', why: 'an apply was begun and its end is not recorded' };
  return { kind: 'apply', why: 'module, variables or providers differ from what is applied' };
}
