import { describeError, LandfallError, type Release } from '../../contract/index.ts';
import { judge } from '../policy/index.ts';
import type { AcceptedState, PassResult, PassSignals, Reconciler } from '../ports.ts';
import { backoffMs } from './backoff.ts';
import { MustWait, type Waiting } from '../waits.ts';
import { decideStance, type Stance } from './decide.ts';
import { targetKeyOf, wantedDefinition } from './definition.ts';
import { goBack, goForward, keep } from './directions.ts';
import { look } from './look.ts';
import { ComponentFailed, failureOf } from './failure.ts';
import { createMemory, type Denied, type LastGood, type Memory, sameTarget, type TargetKey } from './memory.ts';
import type { Parts, ReconcilerOptions } from './parts.ts';
import { missingPermissions } from './require-permissions.ts';
import { restartComponent } from './restart.ts';
import { createStatusKeeper, type Facts, isFalse, isTrue, type StatusKeeper } from './status.ts';
import { watchTargetsOf, type WatchTarget } from './watch-targets.ts';

const mostDenied = 20;

/** The reconciler, and what a loop must watch so that a pass is made when something changes. */
export type WatchedReconciler = Reconciler & { watchTargets(): WatchTarget[] };

type Pass = { parts: Parts; memory: Memory; status: StatusKeeper; signals: PassSignals; state: AcceptedState };

export function createReconciler(options: ReconcilerOptions): WatchedReconciler {
  const parts: Parts = { ...options, cache: new Map() };
  const memory = createMemory(options.store, options.effects);
  const status = createStatusKeeper(options.clock, options.events, options.onStatus);
  let failures = 0;
  let secretNamespaces: string[] = [];

  const wait = (waiting: Waiting): PassResult => {
    const { reason, details } = waiting;
    const message = waiting.message.slice(0, 1000);
    status.install({ waitingFor: { reason, message, ...(details === undefined ? {} : { details }) } });
    return { kind: 'waiting', ...waiting };
  };

  return {
    status: () => status.status(),
    watchTargets: () => watchTargetsOf(parts.cache, secretNamespaces),
    restart: (component, requestId, signal) => restartComponent(parts, memory, component, requestId, signal),
    pass: async (state, signals) => {
      secretNamespaces = Object.values(state.desired.secrets).map((reference) => reference.namespace);
      try {
        const result = await onePass({ parts, memory, status, signals, state });
        failures = 0;
        if (result.kind === 'waiting') return wait(result);
        status.install({ waitingFor: null });
        return result;
      } catch (error) {
        const over =
          error instanceof LandfallError && (error.code === 'LF-RUNNER-003' || error.code === 'LF-RUNNER-004');
        if (signals.stop.aborted || over) throw error;
        if (error instanceof MustWait) {
          failures = 0;
          return wait(error.waiting);
        }
        failures += 1;
        const until = new Date(parts.clock.now().getTime() + (parts.backoff ?? backoffMs)(failures));
        const message = describeError(error);
        parts.events.log('warn', message, { failures });
        return wait({ reason: reasonOf(error), message, until });
      }
    },
  };
}

async function onePass(pass: Pass): Promise<PassResult> {
  const { parts, memory, status, state } = pass;
  const target = targetKeyOf(state);
  const [lastGood, transition] = await Promise.all([memory.lastGood.read(), memory.transition.read()]);
  const denied = (await memory.denied.read())?.entries ?? [];
  const asked = {
    kinds: (state.release?.components ?? []).map((component) => component.kind),
    registry: state.desired.release?.registry ?? parts.install.vendorRegistry,
    pinnedRegistry: parts.install.vendorRegistry,
  };
  const verdict = judge(parts.policy.current(), asked, parts.clock.now());
  const stance = decideStance({ target, lastGood: lastGood?.key ?? null, transition, denied, verdict });
  status.install({
    acceptedSequence: state.desired.sequence,
    desired: target && { version: target.version, digest: target.digest },
    observed: observedOf(lastGood),
    denied: denied.map(({ key, reason, at }) => ({ version: key.version, digest: key.digest, reason, at })),
  });
  if (stance.kind === 'forward' && target !== null) return forward(pass, target, lastGood);
  if (stance.kind === 'back' && lastGood !== null) return back(pass, lastGood, stance.reason);
  return stay(pass, stance, lastGood);
}

async function forward(pass: Pass, target: TargetKey, lastGood: LastGood | null): Promise<PassResult> {
  const { parts, memory, status, state } = pass;
  const { release } = state;
  if (release === null) return { kind: 'done' };
  const transition = await memory.transition.read();
  if (!sameTarget(transition?.to, target)) {
    // Once begun it is too late to ask: what is missing then, the cloud says itself.
    const waiting = await missingPermissions(parts, release, pass.signals.stop);
    if (waiting !== null)
      return stay(pass, { kind: lastGood === null ? 'hold' : 'keep', waiting, denied: null }, lastGood);
  }
  if ((await fillMirror(pass, release, transition === null ? lastGood : null)) === 'superseded')
    return { kind: 'superseded' };
  if (!sameTarget(transition?.to, target) || transition?.direction !== 'forward') {
    const startedAt = parts.clock.now().toISOString();
    const reason = `${lastGood === null ? 'install' : `upgrade from ${lastGood.key.version}`} to ${target.version}`;
    await memory.transition.write({ to: target, direction: 'forward', reason, startedAt }, reason);
    parts.events.event({ reason: 'ReleaseStarted', component: null, severity: 'normal', message: reason });
  }
  const message = `going to ${target.version}`;
  status.install(
    { waitingFor: null },
    { Ready: isFalse('Progressing', message), Reconciling: isTrue('Progressing', message) },
  );
  try {
    const result = await goForward(pass, wantedDefinition(target, release, state));
    if (result === 'superseded') return { kind: 'superseded' };
  } catch (error) {
    const failure = failureOf(release.product, error);
    if (failure === null) throw error;
    return deny(pass, target, lastGood, failure);
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
  return { kind: 'done' };
}

/** Before anything is touched. While a registry is away, the last good release is kept as it is. */
async function fillMirror(pass: Pass, release: Release, toKeep: LastGood | null): Promise<'done' | 'superseded'> {
  const { parts, signals, state } = pass;
  try {
    await parts.mirror.ensure(release, state.desired.release?.registry ?? parts.install.vendorRegistry, {
      onProgress: (line) => parts.events.log('info', line, { step: 'mirror' }),
      signal: AbortSignal.any([signals.stop, signals.superseded]),
    });
    return 'done';
  } catch (error) {
    signals.stop.throwIfAborted();
    if (signals.superseded.aborted) return 'superseded';
    if (toKeep !== null) await stay(pass, { kind: 'keep', waiting: null, denied: null }, toKeep);
    throw error;
  }
}

/** The release is not tried again unasked; what can go back goes back at once. */
async function deny(
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

async function back(pass: Pass, lastGood: LastGood, reason: string): Promise<PassResult> {
  const { parts, status } = pass;
  const message = `going back to ${lastGood.key.version}: ${reason}`;
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

async function stay(pass: Pass, stance: Stance, lastGood: LastGood | null): Promise<PassResult> {
  const { status } = pass;
  if (stance.kind === 'suspended') {
    if (lastGood !== null) await look(pass, lastGood);
    status.install({}, { ...readyAsBefore(status), Suspended: isTrue('Paused', stance.message) });
    return { kind: 'waiting', reason: 'Paused', message: stance.message, until: null };
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

function observedOf(lastGood: LastGood | null): { version: string; digest: TargetKey['digest'] } | null {
  return lastGood && { version: lastGood.key.version, digest: lastGood.key.digest };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof LandfallError)) return error instanceof ComponentFailed ? error.reason : 'Unexpected';
  if (error.code === 'LF-RUNNER-011') return 'SecretMissing';
  if (error.code === 'LF-RUNNER-001') return 'ApiServerUnavailable';
  if (error.code === 'LF-RUNNER-017') return 'PermissionsUnreadable';
  if (error.code.startsWith('LF-OCI')) return 'RegistryUnavailable';
  if (error.code.startsWith('LF-ENGINES')) return 'EngineFailed';
  return 'Temporary';
}
