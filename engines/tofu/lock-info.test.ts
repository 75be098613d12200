import { describe, expect, it } from 'vitest';
import { LandfallError } from '../../contract/index.ts';
import { lockOf, parseLockInfo } from './lock-info.ts';

const plain = `operation error S3: PutObject, PreconditionFailed

Lock Info:
  ID:        2b6a6738-5dd5-50d6-c0ae-f6352977666b
  Path:      lf-state/components/a/terraform.tfstate
  Operation: OperationTypeApply
  Who:       root@runner-1
  Version:   1.12.6
  Created:   2026-11-29 07:45:46.123456789 +0100 UTC
  Info:      
`;
const expected = {
  id: '2b6a6738-5dd5-50d6-c0ae-f6352977666b',
  who: 'root@runner-1',
  operation: 'OperationTypeApply',
  created: new Date('2026-11-29T06:45:46.123Z'),
};

describe('what the engine tells of a lock', () => {
  it.each([
    ['in a diagnostic', plain],
    ['in a box', plain.replaceAll(/^/gm, '│ ')],
  ])('%s', (_, text) => {
    expect(parseLockInfo(text)).toEqual(expected);
  });

  it.each([
    ['no lock at all', 'Error: no such bucket'],
    ['an id that is none', plain.replace(/2b6a.*/, '; rm -rf /')],
  ])('%s', (_, text) => {
    expect(parseLockInfo(text)).toBeUndefined();
  });

  it('a time that is not understood is no time', () => {
    expect(parseLockInfo(plain.replace(/Created:.*/, 'Created: yesterday'))).toEqual({ ...expected, created: null });
  });

  it('is part of the error that says that a state is locked, and of no other', () => {
    const details = { lock: parseLockInfo(plain) };
    expect(lockOf(new LandfallError('LF-ENGINES-021', 'locked', { details }))).toEqual(expected);
    expect(lockOf(new LandfallError('LF-ENGINES-020', 'failed', { details }))).toBeNull();
    expect(lockOf(new LandfallError('LF-ENGINES-021', 'locked'))).toBeNull();
  });
});
