import type { PassResult } from '../../ports.ts';
import type { Stance } from './decide.ts';
import { keep } from '../settle/directions.ts';
import { dueAt } from '../memory/kept.ts';
import { look } from './look.ts';
import type { Denied, LastGood } from '../memory/memory.ts';
import type { Pass } from '../pass.ts';
import { remedyKept } from '../memory/remedy-kept.ts';
import { type Facts, isFalse, isTrue, type StatusKeeper } from '../told/status.ts';
import { tendMirror } from '../settle/tend-mirror.ts';
import { earlier } from '../../waits.ts';

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
  const { kept } = pass.parts;
  const components: ReadonlySet<string> = new Set(lastGood.release.components.map(({ name }): string => name));
  for (const name of kept.keys()) if (!components.has(name)) kept.delete(name);
  const { settled } = await keep(pass, lastGood);
  const moved = [...settled].filter(([, how]) => how === 'moved').map(([name]) => name);
  const unhealthy = [...settled].filter(([, how]) => how === 'unhealthy').map(([name]) => name);
  const degraded = [...settled].filter(([, how]) => how === 'degraded').map(([name]) => name);
  const remedyAt = await remedyKept(pass, lastGood);
  const stuck = [...kept].filter(([, { exhausted }]) => exhausted !== null).map(([name]) => name);
  const contested = [...pass.parts.contested.keys()].filter((name) => components.has(name));
  status.install({}, keptFacts(lastGood, stance.denied, moved, { unhealthy, degraded, stuck, contested }));
  await tendMirror(pass);
  const due = earlier(dueAt(kept), remedyAt);
  if (stance.waiting === null) return due === null ? { kind: 'done' } : { kind: 'done', until: due };
  return { kind: 'waiting', ...stance.waiting, until: earlier(stance.waiting.until, due) };
}

function keptFacts(
  lastGood: LastGood,
  denied: Denied | null,
  moved: readonly string[],
  {
    unhealthy,
    degraded,
    stuck,
    contested,
  }: Record<'unhealthy' | 'degraded' | 'stuck' | 'contested', readonly string[]>,
): Facts {
  const { version } = lastGood.key;
  if (moved.length > 0) {
    const message = `${moved.join(', ')} did not go back with the rest to ${version}: forward-only`;
    return { Ready: isFalse('PartiallyRolledBack', message), Stalled: isTrue('PartiallyRolledBack', message) };
  }
  const thin = degraded.length === 0 ? null : `fewer replicas on different nodes than asked: ${degraded.join(', ')}`;
  const ready =
    unhealthy.length > 0
      ? isFalse(
          'ComponentsNotReady',
          [`not ready: ${unhealthy.join(', ')}`, ...(thin === null ? [] : [thin])].join('; '),
        )
      : thin === null
        ? isTrue('Applied', `${version} is wholly applied`)
        : isFalse('Degraded', thin);
  const tried = `not healthy after all that may be tried: ${stuck.join(', ')}`;
  if (denied === null) {
    if (stuck.length > 0) return { Ready: ready, Stalled: isTrue('RemedyExhausted', tried) };
    if (contested.length === 0) return { Ready: ready };
    const message = `somebody works against the release, and is not fought any more: ${contested.join(', ')}`;
    return { Ready: ready, Stalled: isTrue('DriftContested', message) };
  }
  const message = `${denied.key.version} failed here and was taken back: ${denied.reason}`;
  return { Ready: ready, Stalled: isTrue('ReleaseDenied', message) };
}

function readyAsBefore(status: StatusKeeper): Facts {
  const ready = status.status().conditions.find((condition) => condition.type === 'Ready');
  return ready === undefined ? {} : { Ready: { status: ready.status, reason: ready.reason, message: ready.message } };
}
