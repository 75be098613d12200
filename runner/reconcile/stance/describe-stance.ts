import type { InstallStatus } from '../../ports.ts';
import type { Stance } from './decide.ts';
import type { DecisionNow } from '../told/decisions.ts';
import type { TargetKey } from '../memory/memory.ts';

/** Pure: what the runner does about the install as a whole, in words. */
export function describeStance(stance: Stance, target: TargetKey | null, lastGood: TargetKey | null): DecisionNow {
  const good = lastGood?.version ?? 'nothing';
  const wanted = target?.version ?? 'nothing';
  switch (stance.kind) {
    case 'idle':
      return { action: 'idle', why: 'nothing is wanted, and nothing is there' };
    case 'suspended':
      return { action: 'pause', why: stance.message };
    case 'forward': {
      const why = lastGood === null ? `install ${wanted}` : `${wanted} is wanted, ${good} is in force`;
      return { action: 'apply', why };
    }
    case 'back':
      return { action: 'back', why: `back to ${good}: ${stance.reason}` };
    case 'held':
      return { action: 'hold', why: `${wanted} is held where it failed: ${stance.held.reason}` };
    default:
      return describeRest(stance, lastGood);
  }
}

function describeRest(stance: Extract<Stance, { kind: 'keep' | 'hold' }>, lastGood: TargetKey | null): DecisionNow {
  if (stance.waiting !== null) return { action: 'wait', why: `${stance.waiting.reason}: ${stance.waiting.message}` };
  if (stance.denied !== null) {
    const { key, reason } = stance.denied;
    const kept = lastGood === null ? 'nothing is in force' : `${lastGood.version} is kept`;
    return { action: lastGood === null ? 'fail' : 'keep', why: `${kept}; ${key.version} failed here: ${reason}` };
  }
  return lastGood === null
    ? { action: 'idle', why: 'nothing is installed yet' }
    : { action: 'keep', why: `${lastGood.version} is what is wanted, and in force` };
}

/** Pure: the same after a pass that has come to its end. */
export function atRest({ observed, desired, denied }: InstallStatus): DecisionNow {
  if (observed === null) return { action: 'idle', why: 'nothing is installed yet' };
  const failed = denied.findLast((entry) => entry.digest === desired?.digest);
  if (desired === null || desired.digest === observed.digest || failed === undefined) {
    return { action: 'keep', why: `${observed.version} is what is wanted, and in force` };
  }
  return { action: 'keep', why: `${observed.version} is kept; ${failed.version} failed here: ${failed.reason}` };
}
