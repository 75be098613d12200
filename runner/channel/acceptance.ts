import {
  type ChannelAnswer,
  type Clock,
  type DesiredState,
  type Envelope,
  LandfallError,
  type ReleaseTarget,
  type Report,
  type RunnerPolicy,
  type Verifier,
  describeError,
} from '../../contract/index.ts';
import type { AcceptedState } from '../ports.ts';
import { ownPlatform, requirePlatform } from '../network/platform.ts';
import { type Guards, type Highest, acceptDesiredState, requireUnexpired } from './accept.ts';
import { type ReleaseBytes, openRelease } from './accept-release.ts';
import type { Backoff } from './backoff.ts';
import type { KeptState } from './kept-state.ts';
import { requireOwnNamespaces } from './require-own-namespaces.ts';

/** Fetches a release's two documents from the vendor's registry. Temporary errors are tried again. */
export type ReleaseSource = { read(target: ReleaseTarget, signal: AbortSignal): Promise<ReleaseBytes> };

export type Refusal = Report['refusals'][number];

export type Acceptance = {
  /** Loads what was accepted before; call once, before the first `receive`. */
  start(): Promise<void>;
  receive(answer: Pick<ChannelAnswer, 'desiredState'>): void;
  /** The customer's policy has changed: what it refused is looked at again. The control plane will not send it a second time. */
  reconsider(): void;
  current(): AcceptedState | null;
  /** What keeps a newer desired state from being accepted, when that may pass by itself. */
  waitingFor(): Report['waitingFor'];
  refusals(): Refusal[];
  refuse(error: unknown): void;
  /** Resolves when nothing that was received is being worked on. */
  settled(): Promise<void>;
  stop(): void;
};

export type AcceptanceOptions = {
  install: string;
  product: string;
  /** The runner's own: no component may lie in it. */
  namespace: string;
  vendorRegistry: string;
  desiredStateVerifier: Verifier;
  releaseVerifier: Verifier;
  kept: KeptState;
  source: ReleaseSource;
  policy: () => RunnerPolicy;
  clock: Clock;
  backoff: Backoff;
  /** A newer state is in force: wake the loop. */
  onAccepted: (state: AcceptedState) => void;
  /** Refusals or the waiting reason changed: send a report. */
  onChange: () => void;
  onRefused: (error: LandfallError) => void;
  guards?: Guards;
};

/** Turns what arrives into what is in force, or into a refusal that leaves everything as it was. */
export function createAcceptance(options: AcceptanceOptions): Acceptance {
  const { clock, guards = {} } = options;
  let highest: Highest = null;
  let state: AcceptedState | null = null;
  let waiting: Report['waitingFor'] = null;
  let refusals: Refusal[] = [];
  /** Verified, but its release is not here yet. */
  let pending: { highest: NonNullable<Highest>; abort: AbortController } | null = null;
  /** Genuine and newer, but from a registry the customer does not allow yet. */
  let refusedByPolicy: Envelope | null = null;
  let verifying: Promise<void> = Promise.resolve();
  let completing: Promise<void> = Promise.resolve();
  const stopped = new AbortController();

  const refuse = (error: unknown): void => {
    const known =
      error instanceof LandfallError
        ? error
        : new LandfallError('LF-RUNNER-099', describeError(error), { cause: error });
    const message = known.message.slice(0, 1000);
    const at = clock.now().toISOString();
    refusals = [
      ...refusals.filter((old) => old.code !== known.code || old.message !== message),
      { code: known.code, message, at },
    ];
    refusals = refusals.slice(-20);
    options.onRefused(known);
    options.onChange();
  };

  const pause = async (reason: string, error: LandfallError, failures: number, signal: AbortSignal): Promise<void> => {
    waiting = { reason, message: error.message.slice(0, 1000) };
    options.onChange();
    await clock.sleep(options.backoff(failures), signal);
  };

  const fetchRelease = async (target: ReleaseTarget, signal: AbortSignal): Promise<ReleaseBytes> => {
    for (let failures = 1; ; failures++) {
      try {
        return await options.source.read(target, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof LandfallError) || !error.temporary) throw error;
        await pause('VendorRegistryUnreachable', error, failures, signal);
      }
    }
  };

  const complete = async (
    desired: DesiredState,
    signal: AbortSignal,
  ): Promise<[AcceptedState, ReleaseBytes | null]> => {
    const target = desired.release;
    if (target === null) return [{ desired, release: null, releaseDigest: null }, null];
    requireRegistry(target, options.policy(), options.vendorRegistry);
    const bytes = await fetchRelease(target, signal);
    const release = await openRelease(bytes, target, options.releaseVerifier, guards);
    if (guards.namespace !== false) requireOwnNamespaces(release, desired.secrets, options.namespace);
    requirePlatform(release, ownPlatform());
    return [{ desired, release, releaseDigest: target.digest }, bytes];
  };

  const save = async (accepted: Parameters<KeptState['save']>[0], signal: AbortSignal): Promise<void> => {
    for (let failures = 1; ; failures++) {
      try {
        await options.kept.save(accepted);
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof LandfallError) || !error.temporary) throw error;
        await pause('StoreUnavailable', error, failures, signal);
      }
    }
  };

  const putInForce = async (
    desired: DesiredState,
    payload: string,
    envelope: Envelope,
    kind: 'newer' | 'same',
    signal: AbortSignal,
  ): Promise<void> => {
    const [accepted, release] = await complete(desired, signal);
    signal.throwIfAborted();
    if (kind === 'newer') requireUnexpired(desired, clock.now(), guards);
    await save({ state: accepted, payload, envelope, release }, signal);
    highest = { sequence: desired.sequence, payload };
    state = accepted;
    options.onAccepted(accepted);
  };

  /** Only a document that is itself genuine and newer ends the wait for an older one's release. */
  const verify = async (envelope: Envelope): Promise<void> => {
    const { install, product, desiredStateVerifier: verifier } = options;
    const context = { install, product, verifier, now: clock.now(), guards };
    const { kind, desired, payload } = await acceptDesiredState(envelope, {
      ...context,
      highest: pending?.highest ?? highest,
    });
    if (kind === 'same' && (state !== null || pending !== null)) return;
    pending?.abort.abort();
    const own = { highest: { sequence: desired.sequence, payload }, abort: new AbortController() };
    pending = own;
    refusedByPolicy = null;
    const signal = AbortSignal.any([own.abort.signal, stopped.signal]);
    completing = completing
      .then(() => (signal.aborted ? undefined : putInForce(desired, payload, envelope, kind, signal)))
      .catch((error: unknown) => {
        if (signal.aborted) return;
        if (error instanceof LandfallError && error.code === notAllowed) refusedByPolicy = envelope;
        refuse(error);
      })
      .then(() => {
        if (pending !== own) return;
        pending = null;
        if (waiting === null) return;
        waiting = null;
        options.onChange();
      });
  };

  const take = (envelope: Envelope | null): void => {
    if (envelope === null) return;
    verifying = verifying
      .then(() => (stopped.signal.aborted ? undefined : verify(envelope)))
      .catch((error: unknown) => refuse(error));
  };

  return {
    start: async () => {
      const loaded = await options.kept.load();
      highest = loaded.highest;
      state = loaded.state;
      if (loaded.damage !== null) refuse(loaded.damage);
    },
    receive: ({ desiredState }) => take(desiredState),
    reconsider: () => take(refusedByPolicy),
    current: () => state,
    waitingFor: () => waiting,
    refusals: () => refusals,
    refuse,
    settled: () => verifying.then(() => completing),
    stop: () => stopped.abort(),
  };
}

const notAllowed = 'LF-RUNNER-055';

/** The customer's list decides; without one, only the registry pinned at hand-off. */
function requireRegistry(target: ReleaseTarget, policy: RunnerPolicy, pinned: string): void {
  const allowed = policy.allowedRegistries ?? [pinned];
  if (allowed.includes(target.registry)) return;
  const message = `${target.product} ${target.version} is in ${target.registry}; allowed: ${allowed.join(', ') || 'none'}`;
  throw new LandfallError(notAllowed, message);
}
