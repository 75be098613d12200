import type { z } from 'zod';
import type {
  Artifact,
  ComponentReport,
  ComponentState,
  Condition,
  DesiredState,
  Digest,
  Json,
  Release,
  ReleaseProvider,
  Report,
  RunnerPolicy,
} from '../contract/index.ts';
import type { MirrorProgress } from '../oci/index.ts';
import type { DriftSettings } from './components/terraform/drift-schedule.ts';
import type { StateBackend } from './components/terraform/backend.ts';
import type { EffectKind } from './effects/kinds.ts';
import type { Waiting } from './waits.ts';

// The seams inside the runner: what the core (store, lease, effects, reconcile) and the edges (channel, mirror, egress, report, ending) owe each other.

/**
 * Small named JSON documents in the cluster, with optimistic concurrency. Names: `[a-z0-9.-]`, at most 60 characters.
 * Every put is fenced: it is refused (LF-RUNNER-003) when the stored document was written under a higher lease epoch.
 */
export type Store = {
  get<T>(name: string, schema: z.ZodType<T>): Promise<{ value: T; revision: string } | null>;
  /** `expected`: the revision read before, or null when it must not exist yet. Conflict: LF-RUNNER-002, temporary. Returns the new revision. */
  put(name: string, value: Json, expected: string | null): Promise<string>;
  /** Absent already is fine. */
  delete(name: string): Promise<void>;
  list(prefix: string): Promise<string[]>;
};

/** Verified and accepted; in force until a newer one is accepted. */
export type AcceptedState = { desired: DesiredState; release: Release | null; releaseDigest: Digest | null };

/** Copies into, and reads from, the customer's registry. Reading never touches any other registry. */
export type Mirror = {
  /** Returns when everything the release names is in the mirror. Throws a temporary LandfallError when a registry is away. Warm: no request at all. `onProgress`: at most once a second, and at the end. */
  ensure(
    release: Release,
    registry: string,
    options: { onProgress: (progress: MirrorProgress) => void; signal: AbortSignal },
  ): Promise<void>;
  /**
   * After a pass, with no release on its way: removes what none of the kept releases needs, and once a day looks whether everything is still
   * there and copies again what is not. Warm: no request. What fails is told as an event and tried again later; it throws only when stopped.
   */
  tend(kept: { lastGood: Release; accepted: Release | null; registry: string }, signal: AbortSignal): Promise<void>;
  /** `host/prefix/repository@sha256:...` of an artifact in the mirror. Pure. */
  referenceOf(artifact: Artifact): string;
  /** Writes the chart's .tgz, digest-verified. */
  fetchChart(artifact: Artifact, intoFile: string, signal: AbortSignal): Promise<void>;
  /** Writes the JSON list of a component's objects, digest-verified. */
  fetchManifests(artifact: Artifact, intoFile: string, signal: AbortSignal): Promise<void>;
  /** Extracts the module into an empty folder. */
  fetchModule(artifact: Artifact, intoDir: string, signal: AbortSignal): Promise<void>;
  /** Lays out a `filesystem_mirror` (unpacked: host/namespace/type/version/platform/) in intoDir; what is there already is kept. */
  fetchProviders(providers: ReleaseProvider[], intoDir: string, signal: AbortSignal): Promise<void>;
};

export type EventSink = {
  event(event: { reason: string; component: string | null; severity: 'normal' | 'warning'; message: string }): void;
  componentState(component: string, from: ComponentState, to: ComponentState): void;
  /** One line of a child's output or of progress, for the runner's own log. */
  log(level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: Record<string, string | number>): void;
};

/** The customer's policy as it is now; whoever watches RunnerPolicy wakes the loop when it changes. */
export type PolicySource = {
  current(): RunnerPolicy;
  /** Why the one in the cluster cannot be used, or null. What is current then is paused. */
  unreadable?(): string | null;
};

/** What the reconciler knows of its install; report/ turns it into a Report. */
export type InstallStatus = {
  state: ComponentState;
  conditions: Condition[];
  components: ComponentReport[];
  acceptedSequence: number;
  desired: Report['desired'];
  observed: Report['observed'];
  denied: Report['denied'];
  waitingFor: Report['waitingFor'];
  /** What is done about the install as a whole, and the latest decisions about all of it. */
  decision: Report['decision'];
  decisions: Report['decisions'];
  /** Null: nothing is being copied into the mirror. */
  mirror: MirrorProgress | null;
};

/** What an effect is given while it runs. */
export type EffectContext = {
  /** Aborted when the lease is lost or the runner stops: children are ended. */
  signal: AbortSignal;
  /** Journals a child process, so that an orphan of a killed runner can be found. Pass it to the engines as `onSpawn`. */
  onSpawn: (child: { readonly pid: number; readonly startTime: string | undefined }) => Promise<void>;
};

/** Every change of anything outside the process goes through here: intent is journalled before, outcome after, and the lease epoch is checked. */
export type Effects = {
  run<T>(
    kind: EffectKind,
    about: { target: string; intent: string },
    fn: (context: EffectContext) => Promise<T>,
  ): Promise<T>;
};

export type PassResult =
  /** `until`: when the time itself changes something, though nothing is waited for. */
  | { kind: 'done'; until?: Date }
  /** `until`: when the time itself is what is waited for; otherwise an event wakes the loop. */
  | ({ kind: 'waiting' } & Waiting)
  | { kind: 'superseded' };

export type PassSignals = {
  /** The runner stops or has lost its lease: end children, change nothing more. */
  stop: AbortSignal;
  /** A newer state or policy is there: finish the action under way, wait for nothing more. */
  superseded: AbortSignal;
};

export type Reconciler = {
  /** One pass towards `state`. Throws only what nobody expected; what is temporary becomes `waiting`. */
  pass(state: AcceptedState, signals: PassSignals): Promise<PassResult>;
  status(): InstallStatus;
  /** The `restart` request: rolls the component's workloads. */
  restart(component: string, requestId: string, signal: AbortSignal): Promise<void>;
};

/** Facts of the install that never change while the runner runs (from its config file). */
export type InstallFacts = {
  id: string;
  product: string;
  region: string;
  account: string;
  /** `lf-<id>` */
  prefix: string;
  /** Registries a release may come from when the policy names none. */
  vendorRegistry: string;
  /** Where Terraform states are. */
  state: StateBackend;
  /** What is said of drift for components that say nothing themselves; absent: once a day, and told. */
  terraformDrift?: DriftSettings | undefined;
  /** The only AWS things Terraform children get: where to fetch credentials, and where AWS is (empty: the real one). */
  terraformEnv: Record<string, string>;
};
