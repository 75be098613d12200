import { describe, expect, it } from 'vitest';
import type { TofuLockInfo } from '../../../engines/index.ts';
import { deadHolderOf, describeLock, type LockingCall } from './lock-holder.ts';

const at = (minute: number): Date => new Date(Date.UTC(2026, 0, 5, 9, minute));
const lock = (more: Partial<TofuLockInfo> = {}): TofuLockInfo => ({
  id: '00000000-0000-4000-8000-000000000001',
  who: 'root@runner-1',
  operation: 'OperationTypeApply',
  created: at(10),
  ...more,
});
const call = (more: Partial<LockingCall> = {}): LockingCall => ({
  identity: 'pod/landfall-system/runner-1/uid-1/boot',
  host: 'runner-1',
  epoch: 3,
  from: at(9),
  to: null,
  ...more,
});
const self = { host: 'runner-2', since: at(20) };
const here = { host: 'runner-1', since: at(20) };

describe('the lock of a state', () => {
  it.each([
    ['of a runner that died in a call on it is a dead one', lock(), [call()], self, true],
    ['of nobody we know of is left alone', lock(), [], self, false],
    ['of another machine is left alone', lock({ who: 'anna@laptop' }), [call()], self, false],
    ['of a machine whose name only ends alike is left alone', lock({ who: 'root@a-runner-1' }), [call()], self, false],
    ['made before that call began is left alone', lock({ created: at(8) }), [call()], self, false],
    ['whose time is not understood is left alone', lock({ created: null }), [call()], self, false],
    ['of an earlier process of this very pod is a dead one', lock(), [call()], here, true],
    ['made on this machine after we began is no earlier runner’s', lock({ created: at(21) }), [call()], here, false],
    [
      'made while a call of ours ran that was killed is a dead one',
      lock({ created: at(21) }),
      [call({ from: at(20), to: at(22) })],
      here,
      true,
    ],
    [
      'made on this machine after that call had ended is a person’s',
      lock({ created: at(23) }),
      [call({ from: at(20), to: at(22) })],
      here,
      false,
    ],
    [
      'of a runner that did not record its machine counts by its time',
      lock(),
      [call({ host: '', identity: '' })],
      self,
      true,
    ],
  ])('%s', (_, found, dead, own, expected) => {
    expect(deadHolderOf(found, dead, own) !== null).toBe(expected);
  });

  it('is told with who holds it and since when', () => {
    expect(describeLock(lock())).toBe(
      'root@runner-1 since 2026-01-05T09:10:00.000Z (OperationTypeApply 00000000-0000-4000-8000-000000000001)',
    );
  });
});
