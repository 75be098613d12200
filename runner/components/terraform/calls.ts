import { lockOf, type Tofu, type TofuCall } from '../../../engines/index.ts';
import type { Clock } from '../../../contract/index.ts';
import type { EffectContext, Effects, EventSink } from '../../ports.ts';
import { MustWait } from '../../waits.ts';
import { deadHolderOf, describeLock, type LockingCall, type Self } from './lock-holder.ts';

export type CallParts = {
  effects: Effects;
  events: EventSink;
  clock: Clock;
  self: Self;
  /** Calls that ended without an answer, by component: of runners before this one, and of this one. */
  deadCalls: Map<string, LockingCall[]>;
  /** When to look again whether a lock of somebody else is gone: nothing tells it. */
  lookAgain: () => Date;
};

const mostRemembered = 20;

/**
 * A call that locks the state. A lock that a dead call of ours has left is taken off, and the call made once more; another one is waited for, and
 * told with who and since when.
 */
export async function locking<T>(parts: CallParts, target: string, tofu: Tofu, fn: () => Promise<T>): Promise<T> {
  const attempt = async (): Promise<T> => {
    const from = parts.clock.now();
    try {
      return await fn();
    } catch (error) {
      if (lockOf(error) === null) remember(parts, target, from);
      throw error;
    }
  };
  try {
    return await attempt();
  } catch (error) {
    const lock = lockOf(error);
    if (lock === null) throw error;
    const wait = (why: string): MustWait => {
      const message = `the state of ${target} is locked by ${describeLock(lock)}${why}`;
      return new MustWait({ reason: 'StateLocked', message, until: parts.lookAgain() });
    };
    const holder = deadHolderOf(lock, parts.deadCalls.get(target) ?? [], parts.self);
    if (holder === null) throw wait('; the runner goes on when that lock is gone');
    const whose = `${holder.identity === '' ? 'a runner' : holder.identity} (epoch ${holder.epoch})`;
    const intent = `lock ${lock.id} of ${whose}, which is dead`;
    try {
      await parts.effects.run('terraform-unlock', { target, intent }, (context) =>
        tofu.forceUnlock({ lockId: lock.id }, callOf(parts, target, context)),
      );
    } catch (cause) {
      // The engine takes no lock off a state that was never written: to open it, it wants the lock itself.
      if (lockOf(cause) === null) throw cause;
      throw wait(
        `: ${whose} is dead, but its state was never written, and from such a one a lock must be taken off by hand`,
      );
    }
    const message = `the state was locked by ${describeLock(lock)}: ${whose} is dead, its lock is taken off`;
    parts.events.event({ reason: 'TerraformUnlocked', component: target, severity: 'normal', message });
    return attempt();
  }
}

/** It has ended, whichever way: should its lock still be there, it is a dead one. */
function remember({ clock, self, deadCalls }: CallParts, target: string, from: Date): void {
  const call: LockingCall = { identity: 'this runner', host: self.host, epoch: 0, from, to: clock.now() };
  deadCalls.set(target, [...(deadCalls.get(target) ?? []), call].slice(-mostRemembered));
}

export function callOf(
  parts: Pick<CallParts, 'events'>,
  component: string,
  context: EffectContext,
  secrets: readonly string[] = [],
): TofuCall {
  return {
    signal: context.signal,
    onSpawn: context.onSpawn,
    secrets,
    onLine: ({ text }) => {
      if (text.trim() !== '') parts.events.log('info', text, { engine: 'tofu', component });
    },
  };
}
