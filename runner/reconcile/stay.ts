import type { PassResult } from '../ports.ts';
import type { Stance } from './decide.ts';
import { keep } from './directions.ts';
import { look } from './look.ts';
import type { Denied, LastGood } from './memory.ts';
import type { Pass } from './pass.ts';
import { type Facts, isFalse, isTrue, type StatusKeeper } from './status.ts';
import { tendMirror } from './tend-mirror.ts';

/** What is in force is kept as it is, or (paused) looked at; nothing moves. */
export async function stay(pass: Pass, stance: Stance, lastGood: LastGood | null): Promise<PassResult> {
  const { status } = pass;
  if (stance.kind === 'suspended') {
    if (lastGood !== null) await look(pass, lastGood);
    status.install({}, { ...readyAsBefore(status), Suspended: isTrue(stance.reason, stance.message) });
    return { kind: 'waiting', reason: stance.reason, message: stance.message, until: null };
  }
  if (stance.kind !== 'keep' || lastGood === null) {
    const denied = stance.kind === 'hold' ? stance.denied : null;
    if (denied !== null) {
      status.install(
        {},
        { Ready: isFalse('InstallFailed', denied.reason), Stalled: isTrue('InstallFailed', denied.reason) },
      );
      return { kind: 'waiting', reason: 'InstallFailed', message: denied.reason, until: null };
    }
    status.install({}, { Ready: isFalse('NotInstalled', 'nothing is installed yet') });
    const waiting = stance.kind === 'hold' ? stance.waiting : null;
    return waiting === null ? { kind: 'done' } : { kind: 'waiting', ...waiting };
  }
  const { settled } = await keep(pass, lastGood);
  const moved = [...settled].filter(([, how]) => how === 'moved').map(([name]) => name);
  const unhealthy = [...settled].filter(([, how]) => how === 'unhealthy').map(([name]) => name);
  status.install({}, keptFacts(lastGood, stance.denied, moved, unhealthy));
  await tendMirror(pass);
  return stance.waiting === null ? { kind: 'done' } : { kind: 'waiting', ...stance.waiting };
}

function keptFacts(
  lastGood: LastGood,
  denied: Denied | null,
  moved: readonly string[],
  unhealthy: readonly string[],
): Facts {
  const { version } = lastGood.key;
  if (moved.length > 0) {
    const message = `${moved.join(', ')} did not go back with the rest to ${version}: forward-only`;
    return { Ready: isFalse('PartiallyRolledBack', message), Stalled: isTrue('PartiallyRolledBack', message) };
  }
  const ready =
    unhealthy.length === 0
      ? isTrue('Applied', `${version} is wholly applied`)
      : isFalse('ComponentsNotReady', `not ready: ${unhealthy.join(', ')}`);
  if (denied === null) return { Ready: ready };
  const message = `${denied.key.version} failed here and was taken back: ${denied.reason}`;
  return { Ready: ready, Stalled: isTrue('ReleaseDenied', message) };
}

function readyAsBefore(status: StatusKeeper): Facts {
  const ready = status.status().conditions.find((condition) => condition.type === 'Ready');
  return ready === undefined ? {} : { Ready: { status: ready.status, reason: ready.reason, message: ready.message } };
}
