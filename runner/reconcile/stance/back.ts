import type { PassResult } from '../../ports.ts';
import { targetKeyOf } from '../definition.ts';
import { goBack } from '../settle/directions.ts';
import { ComponentFailed } from './failure.ts';
import { type Denied, type LastGood, sameTarget, type TargetKey } from '../memory/memory.ts';
import type { Pass } from '../pass.ts';
import { isFalse, isTrue } from '../told/status.ts';
import { stay } from './stay.ts';

const mostDenied = 20;

/** The release is not tried again unasked; what can go back goes back at once. */
export async function deny(
  pass: Pass,
  target: TargetKey,
  lastGood: LastGood | null,
  failure: ComponentFailed,
): Promise<PassResult> {
  const { parts, memory, status } = pass;
  const at = parts.clock.now().toISOString();
  const reason = failure.message.slice(0, 1000);
  const before = (await memory.denied.read())?.entries ?? [];
  const entry: Denied = { key: target, reason, at };
  const entries = [...before.filter((item) => !sameTarget(item.key, target)), entry].slice(-mostDenied);
  await memory.denied.write({ entries }, `${target.version} failed here`);
  status.install({
    denied: entries.map((item) => ({
      version: item.key.version,
      digest: item.key.digest,
      reason: item.reason,
      at: item.at,
    })),
  });
  parts.events.event({ reason: 'ReleaseDenied', component: failure.component, severity: 'warning', message: reason });
  if (lastGood === null) {
    await memory.transition.remove('there is nothing to go back to');
    return stay(pass, { kind: 'hold', waiting: null, denied: entry }, null);
  }
  await memory.transition.write(
    { to: target, direction: 'back', reason, startedAt: at },
    `back to ${lastGood.key.version}`,
  );
  return back(pass, lastGood, reason);
}

/** To the last good release, which is then kept. */
export async function back(pass: Pass, lastGood: LastGood, reason: string): Promise<PassResult> {
  const { parts, status } = pass;
  const message = `going back to ${lastGood.key.version}: ${reason}`;
  status.decided({ action: 'back', why: message });
  status.install(
    { waitingFor: null },
    { Ready: isFalse('RollingBack', message), Reconciling: isTrue('RollingBack', message) },
  );
  try {
    const { result } = await goBack(pass, lastGood);
    if (result === 'superseded') return { kind: 'superseded' };
  } catch (error) {
    if (!(error instanceof ComponentFailed)) throw error;
    const stuck = `going back to ${lastGood.key.version} does not succeed: ${error.message}`;
    status.install({}, { Ready: isFalse('RollbackFailed', stuck), Stalled: isTrue('RollbackFailed', stuck) });
    throw error;
  }
  parts.events.event({
    reason: 'RolledBack',
    component: null,
    severity: 'warning',
    message: `${lastGood.key.version} is in force again: ${reason}`,
  });
  const denied = (await pass.memory.denied.read())?.entries ?? [];
  const target = targetKeyOf(pass.state);
  return stay(
    pass,
    { kind: 'keep', waiting: null, denied: denied.find((item) => sameTarget(item.key, target)) ?? null },
    lastGood,
  );
}
