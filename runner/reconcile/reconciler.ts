import { describeError, LandfallError } from '../../contract/index.ts';
import { changeOf, judge, type Verdict } from '../policy/index.ts';
import type { AcceptedState, PassResult, PassSignals, Reconciler } from '../ports.ts';
import { MustWait, type Waiting } from '../waits.ts';
import { back } from './stance/back.ts';
import { backoffMs } from './stance/backoff.ts';
import { decideStance } from './stance/decide.ts';
import { environmentReason } from './stance/environment.ts';
import { atRest, describeStance } from './stance/describe-stance.ts';
import { targetKeyOf } from './definition.ts';
import { ComponentFailed, isNoLongerOwner } from './stance/failure.ts';
import { forward } from './stance/forward.ts';
import { stayHeld } from './stance/held.ts';
import { podTargets } from './memory/kept.ts';
import { watchTargetsOfKinds } from './kinds/index.ts';
import { createMemory, type LastGood } from './memory/memory.ts';
import { freshParts, type ReconcilerOptions } from './parts.ts';
import { observedOf, type Pass } from './pass.ts';
import { restartComponent } from './settle/restart.ts';
import { createStatusKeeper } from './told/status.ts';
import { createStatusDocument } from './told/status-document.ts';
import { stay } from './stance/stay.ts';
import { watchTargetsOf, type WatchTarget } from './settle/watch-target.ts';

/** Waits that are what was decided of the install, and told as that. */
const toldByStance: ReadonlySet<string> = new Set(['Paused', 'PolicyUnusable', 'Held', 'InstallFailed']);

/** The reconciler, and what a loop must watch so that a pass is made when something changes. */
export type WatchedReconciler = Reconciler & {
  watchTargets(): WatchTarget[];
  /** The release that is wholly applied. */
  lastGood(): Promise<LastGood | null>;
  /** Whether there is something to tell: what is in force was read, or a pass has ended over why it cannot be. */
  hasLooked(): boolean;
  /** When the time itself is a reason for a pass, whatever the last one said; null: never. */
  wakeAt(): Date | null;
};

export function createReconciler(options: ReconcilerOptions): WatchedReconciler {
  const parts = freshParts(options);
  const memory = createMemory(options.store, options.effects);
  const document = createStatusDocument(options);
  let passing = false;
  /** What an earlier runner has written down stays until this one knows what is in force. */
  let knows = false;
  let looked = false;
  const status = createStatusKeeper(options.clock, options.events, (now) => {
    if (passing && knows) document.changed(now);
    options.onStatus(now);
  });
  let recalled: Promise<void> | null = null;
  let failures = 0;
  let secretNamespaces: string[] = [];

  const wait = (waiting: Waiting): PassResult => {
    const { reason, details } = waiting;
    const message = waiting.message.slice(0, 1000);
    looked = true;
    status.install({ waitingFor: { reason, message, ...(details === undefined ? {} : { details }) } });
    if (!toldByStance.has(reason)) status.decided({ action: 'wait', why: `${reason}: ${message}` });
    return { kind: 'waiting', ...waiting };
  };

  const passUntilRest = async (state: AcceptedState, signals: PassSignals): Promise<PassResult> => {
    try {
      const result = await onePass({ parts, memory, status, signals, state }, () => {
        knows = true;
      });
      failures = 0;
      if (result.kind === 'waiting') return wait(result);
      status.install({ waitingFor: null });
      if (result.kind === 'done') status.decided(atRest(status.status()));
      return result;
    } catch (error) {
      if (signals.stop.aborted || isNoLongerOwner(error)) throw error;
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
  };

  return {
    status: () => status.status(),
    lastGood: () => memory.lastGood.read(),
    hasLooked: () => knows || looked,
    watchTargets: () => watchTargetsOf([...watchTargetsOfKinds(parts), ...podTargets(parts.kept)], secretNamespaces),
    wakeAt: () => [...parts.wakes.values()].sort((a, b) => a.getTime() - b.getTime())[0] ?? null,
    restart: (component, requestId, signal) => restartComponent(parts, memory, component, requestId, signal),
    pass: async (state, signals) => {
      parts.wakes.clear();
      parts.namespaces.clear();
      secretNamespaces = Object.values(state.desired.secrets).map((reference) => reference.namespace);
      await (recalled ??= document.recall(status.decisions));
      passing = true;
      try {
        return await passUntilRest(state, signals);
      } finally {
        passing = false;
        if (knows && !signals.stop.aborted) await document.flush(status.status());
      }
    },
  };
}

async function onePass(pass: Pass, remembered: () => void): Promise<PassResult> {
  const { parts, memory, status, state } = pass;
  const target = targetKeyOf(state);
  // Remedies with them: what is read once is not read in a later pass, which is to cost nothing.
  const [lastGood, transition] = await Promise.all([
    memory.lastGood.read(),
    memory.transition.read(),
    memory.remedies.read(),
  ]);
  const denied = (await memory.denied.read())?.entries ?? [];
  const asked = changeOf({
    wanted:
      target !== null && state.release !== null
        ? { key: target, release: state.release, secrets: state.desired.secrets }
        : null,
    lastGood,
    registry: state.desired.release?.registry ?? parts.install.vendorRegistry,
    pinnedRegistry: parts.install.vendorRegistry,
  });
  const unreadable = parts.policy.unreadable?.() ?? null;
  const policy = parts.policy.current();
  const verdict: Verdict =
    unreadable === null
      ? judge(policy, asked, parts.clock.now())
      : { kind: 'paused', reason: 'PolicyUnusable', message: unreadable };
  const approved = new Set(
    (policy.approvals ?? []).flatMap(({ planDigest }): string[] => (planDigest === undefined ? [] : [planDigest])),
  );
  const stance = decideStance({ target, lastGood: lastGood?.key ?? null, transition, denied, verdict, approved });
  remembered();
  status.install({
    acceptedSequence: state.desired.sequence,
    desired: target && { version: target.version, digest: target.digest },
    observed: observedOf(lastGood),
    denied: denied.map(({ key, reason, at }) => ({ version: key.version, digest: key.digest, reason, at })),
  });
  // While the same thing is tried again, it still waits until it gets further.
  const trying = stance.kind === 'forward' && status.status().decision?.action === 'wait';
  if (!trying) status.decided(describeStance(stance, target, lastGood?.key ?? null));
  if (stance.kind === 'forward' && target !== null) return forward(pass, target, lastGood);
  if (stance.kind === 'held' && target !== null) return stayHeld(pass, target, lastGood, stance.held);
  if (stance.kind === 'back' && lastGood !== null) return back(pass, lastGood, stance.reason);
  return stay(pass, stance, lastGood);
}

function reasonOf(error: unknown): string {
  const environment = environmentReason(error);
  if (environment !== null) return environment;
  if (!(error instanceof LandfallError)) return error instanceof ComponentFailed ? error.reason : 'Unexpected';
  if (error.code === 'LF-RUNNER-011') return 'SecretMissing';
  if (error.code === 'LF-RUNNER-141') return 'ValuesMissing';
  if (/^LF-RUNNER-20[0-5]$/.test(error.code)) return 'SecretUnavailable';
  if (error.code === 'LF-RUNNER-001') return 'ApiServerUnavailable';
  if (error.code === 'LF-RUNNER-017') return 'PermissionsUnreadable';
  if (error.code.startsWith('LF-OCI')) return 'RegistryUnavailable';
  if (error.code.startsWith('LF-ENGINES')) return 'EngineFailed';
  return 'Temporary';
}
