import type { Release } from '../../../contract/index.ts';
import type { PassResult } from '../../ports.ts';
import { deny } from './back.ts';
import { hold } from './held.ts';
import { wantedDefinition } from '../definition.ts';
import { describeStance } from './describe-stance.ts';
import { goForward } from '../settle/directions.ts';
import { failureOf } from './failure.ts';
import { type LastGood, sameTarget, type TargetKey } from '../memory/memory.ts';
import { observedOf, type Pass } from '../pass.ts';
import { preflightCharts } from '../needs/preflight-charts.ts';
import { missingPermissions } from '../needs/require-permissions.ts';
import { rightsNeeded } from '../needs/require-rights.ts';
import { isFalse, isTrue } from '../told/status.ts';
import { stay } from './stay.ts';
import { tendMirror } from '../settle/tend-mirror.ts';

/** To the release that is wanted; when it fails here, it is denied and what can go back goes back. */
export async function forward(pass: Pass, target: TargetKey, lastGood: LastGood | null): Promise<PassResult> {
  const { parts, memory, status, state } = pass;
  const { release } = state;
  if (release === null) return { kind: 'done' };
  const transition = await memory.transition.read();
  if (!sameTarget(transition?.to, target)) {
    // Once begun it is too late to ask: what is missing then, the cloud says itself.
    const { stop } = pass.signals;
    const waiting = (await missingPermissions(parts, release, stop)) ?? (await rightsNeeded(parts, release, stop));
    if (waiting !== null)
      return stay(pass, { kind: lastGood === null ? 'hold' : 'keep', waiting, denied: null }, lastGood);
  }
  // So that the release in force is among those that are kept, also when an earlier runner was killed before it said so.
  await tendMirror(pass);
  if ((await fillMirror(pass, release, transition === null ? lastGood : null)) === 'superseded')
    return { kind: 'superseded' };
  if (!sameTarget(transition?.to, target) || transition?.direction !== 'forward' || transition.held !== undefined) {
    const startedAt = parts.clock.now().toISOString();
    const reason = `${lastGood === null ? 'install' : `upgrade from ${lastGood.key.version}`} to ${target.version}`;
    await memory.transition.write({ to: target, direction: 'forward', reason, startedAt }, reason);
    parts.events.event({ reason: 'ReleaseStarted', component: null, severity: 'normal', message: reason });
  }
  const message = `going to ${target.version}`;
  status.decided(describeStance({ kind: 'forward' }, target, lastGood?.key ?? null));
  status.install(
    { waitingFor: null },
    { Ready: isFalse('Progressing', message), Reconciling: isTrue('Progressing', message) },
  );
  try {
    await preflightCharts(parts, release, lastGood, pass.signals.stop);
    const result = await goForward(pass, wantedDefinition(target, release, state));
    if (result === 'superseded') return { kind: 'superseded' };
  } catch (error) {
    const failure = failureOf(release.product, error);
    if (failure === null) throw error;
    return failure.holds ? hold(pass, target, lastGood, failure) : deny(pass, target, lastGood, failure);
  }
  status.install(
    { observed: observedOf(await memory.lastGood.read()) },
    { Ready: isTrue('Applied', `${target.version} is wholly applied`) },
  );
  parts.events.event({
    reason: 'ReleaseApplied',
    component: null,
    severity: 'normal',
    message: `${target.version} is wholly applied`,
  });
  await tendMirror(pass);
  return { kind: 'done' };
}

/** Before anything is touched. While a registry is away, the last good release is kept as it is. */
async function fillMirror(pass: Pass, release: Release, toKeep: LastGood | null): Promise<'done' | 'superseded'> {
  const { parts, signals, state, status } = pass;
  const registry = state.desired.release?.registry ?? parts.install.vendorRegistry;
  try {
    const filled = parts.mirror.ensure(release, registry, {
      onProgress: (mirror) => {
        const { items, bytes } = mirror;
        status.install({ mirror });
        parts.events.log('debug', `${items.done} of ${items.total} artifacts, ${bytes.done} of ${bytes.total} bytes`, {
          step: 'mirror',
        });
      },
      signal: AbortSignal.any([signals.stop, signals.superseded]),
    });
    // Whatever came of it: no copy is under way any more.
    await filled.finally(() => status.install({ mirror: null }));
    return 'done';
  } catch (error) {
    signals.stop.throwIfAborted();
    if (signals.superseded.aborted) return 'superseded';
    if (toKeep !== null) await stay(pass, { kind: 'keep', waiting: null, denied: null }, toKeep);
    throw error;
  }
}
