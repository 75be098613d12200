import * as z from 'zod';
import { type Clock, describeError, elapsedMs, LandfallError, parseValue } from '../../contract/index.ts';
import type { KubeObject, Kubernetes } from '../kubernetes/index.ts';
import { newestEpoch } from '../store/index.ts';

export type LeaseTimes = {
  /** How long a lease holds after its last renewal. */
  durationMs: number;
  /** The holder stops itself this long after its last successful renewal: less than the duration. */
  renewDeadlineMs: number;
  retryMs: number;
  /**
   * A new owner waits this long beyond the duration where the holder is not known to be dead: its children are asked to end at its renewal deadline,
   * by itself or, when it is frozen, by its watchdog, and get this long to put things in order (an apply in flight writes its state).
   */
  graceMs: number;
};

export const usualLeaseTimes: LeaseTimes = {
  durationMs: 15_000,
  renewDeadlineMs: 10_000,
  retryMs: 2_000,
  graceMs: 60_000,
};

export type LeaseOptions = {
  kubernetes: Kubernetes;
  clock: Clock;
  namespace: string;
  name: string;
  /** Unique for this very process (see identity.ts). */
  identity: string;
  times?: LeaseTimes;
  /** True when the holder is certainly gone with its children, so that nothing must be waited for. */
  holderGone: (identity: string) => Promise<boolean>;
  /** Told with every renewal, for the watchdog of the children: milliseconds from now until they are asked to end, and until they must have. */
  onRenewed?: (left: { askMs: number; killMs: number }) => void;
  onWaiting?: (message: string) => void;
};

export type HeldLease = {
  /** Grows by one with every change of owner: what fences writes of an earlier owner. */
  epoch: number;
  /** Aborted when the lease is lost, with the reason. Whoever works under it ends children and changes nothing more. */
  signal: AbortSignal;
  /** Throws unless it is held at this very moment: what was frozen asks before it writes, when no timer has yet told it. */
  requireHeld(): void;
  release(): Promise<void>;
};

const specSchema = z.looseObject({
  holderIdentity: z.string().nullish(),
  leaseTransitions: z.number().nullish(),
  renewTime: z.string().nullish(),
});

/**
 * coordination.k8s.io/v1 Lease. Whether the other holder still renews is judged by our own clock, never by its timestamps.
 *
 * The epoch is above that of the Lease and of every document: a Lease that was deleted, or restored from an older backup, does not begin again below
 * what its runners have written. Somebody may have held the one that is lost: it counts as one whose holder has been silent since.
 */
export async function acquireLease(options: LeaseOptions, stop: AbortSignal): Promise<HeldLease> {
  const { clock, kubernetes } = options;
  const times = options.times ?? usualLeaseTimes;
  const ref = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: options.namespace, name: options.name };
  let seen = { resourceVersion: '', at: elapsedMs(clock) };
  for (;;) {
    stop.throwIfAborted();
    try {
      const current = await kubernetes.get(ref, { signal: stop });
      const held = current === null ? null : specOf(current);
      const holder = held?.holderIdentity ?? '';
      // Before it is made or taken, which only one can: whoever is slower finds it changed.
      const written = await newestEpoch(kubernetes, options.namespace, stop);
      const free = held === null ? written === 0 : holder === '' || holder === options.identity;
      const revision = current?.metadata.resourceVersion ?? '';
      if (revision !== seen.resourceVersion) seen = { resourceVersion: revision, at: elapsedMs(clock) };
      const silentMs = elapsedMs(clock) - seen.at;
      if (free || (await mayTake(options, holder, silentMs, times))) {
        const epoch = Math.max(held?.leaseTransitions ?? 0, written) + 1;
        const askedAt = elapsedMs(clock);
        const taken = await write(options, ref, current, epoch, options.identity, times);
        if (taken !== null) return keep(options, ref, { object: taken, askedAt }, epoch, times);
      } else {
        const silent = `${Math.round(silentMs / 1000)} s`;
        const why =
          held === null ? 'it is lost, and may have been held until' : `${holder} holds it, last seen to renew it`;
        options.onWaiting?.(`waiting for the lease: ${why} ${silent} ago`);
      }
    } catch (error) {
      if (stop.aborted || !(error instanceof LandfallError) || !error.temporary) throw error;
      options.onWaiting?.(`waiting for the lease: ${describeError(error)}`);
    }
    await clock.sleep(times.retryMs, stop);
  }
}

/** One that is silent may be frozen, or cut off from the API server: its watchdog has ended its children by then. */
async function mayTake(options: LeaseOptions, holder: string, silentMs: number, times: LeaseTimes): Promise<boolean> {
  return silentMs > times.durationMs + times.graceMs || (await options.holderGone(holder));
}

type LeaseRef = { apiVersion: string; kind: string; namespace: string; name: string };

/** null when somebody else was faster. */
async function write(
  options: LeaseOptions,
  ref: LeaseRef,
  current: KubeObject | null,
  epoch: number,
  holder: string,
  times: LeaseTimes,
  signal?: AbortSignal,
): Promise<KubeObject | null> {
  const now = `${options.clock.now().toISOString().slice(0, -1)}000Z`; // MicroTime
  const object: KubeObject = {
    apiVersion: ref.apiVersion,
    kind: ref.kind,
    metadata: {
      name: ref.name,
      namespace: ref.namespace,
      ...(current === null ? {} : { resourceVersion: current.metadata.resourceVersion ?? '' }),
    },
    spec: {
      holderIdentity: holder,
      leaseDurationSeconds: Math.ceil(times.durationMs / 1000),
      acquireTime: now,
      renewTime: now,
      leaseTransitions: epoch,
    },
  };
  const { kubernetes } = options;
  return current === null ? kubernetes.create(object, { signal }) : kubernetes.replace(object, { signal });
}

type Taken = { object: KubeObject; askedAt: number };

function keep(options: LeaseOptions, ref: LeaseRef, taken: Taken, epoch: number, times: LeaseTimes): HeldLease {
  const lost = new AbortController();
  const released = new AbortController();
  let current = taken.object;
  // From when it was asked for: the answer may have taken long, and others count from what they see.
  let renewedAt = taken.askedAt;
  let failure: unknown;
  const leftMs = (): number => renewedAt + times.renewDeadlineMs - elapsedMs(options.clock);
  const tell = (): void => options.onRenewed?.({ askMs: leftMs(), killMs: leftMs() + times.graceMs });
  tell();
  const give = (message: string, cause?: unknown): void =>
    lost.abort(new LandfallError('LF-RUNNER-004', message, { cause, temporary: true }));

  // Beside the renewals: one that gets no answer must not hold up the end.
  const over = AbortSignal.any([released.signal, lost.signal]);
  const watching = (async () => {
    while (!over.aborted) {
      const left = leftMs();
      if (left < 0) return give('the lease could not be renewed in time', failure);
      await options.clock.sleep(left + 1, over).catch(() => undefined);
    }
  })();

  const renewing = (async () => {
    while (!over.aborted) {
      await options.clock.sleep(times.retryMs, over).catch(() => undefined);
      if (over.aborted) return;
      const askedAt = elapsedMs(options.clock);
      try {
        const renewed = await write(options, ref, current, epoch, options.identity, times, lost.signal);
        if (renewed === null) {
          const other = await options.kubernetes.get(ref, { signal: lost.signal });
          const spec = other === null ? null : specOf(other);
          if (other === null || spec?.holderIdentity !== options.identity || spec.leaseTransitions !== epoch) {
            return give(`the lease was taken by ${spec?.holderIdentity ?? 'nobody'}`);
          }
          current = other; // Only labels or annotations were changed by someone.
        } else {
          current = renewed;
          renewedAt = askedAt;
          tell();
        }
      } catch (error) {
        failure = error;
      }
    }
  })();

  return {
    epoch,
    signal: lost.signal,
    requireHeld: () => {
      if (leftMs() < 0) give('the lease could not be renewed in time', failure);
      lost.signal.throwIfAborted();
    },
    release: async () => {
      released.abort();
      await Promise.all([renewing, watching]);
      if (lost.signal.aborted) return;
      await write(options, ref, current, epoch, '', times).catch(() => null); // Courtesy: it expires by itself.
    },
  };
}

function specOf(lease: KubeObject): z.infer<typeof specSchema> {
  return parseValue(lease['spec'] ?? {}, specSchema, `the Lease ${lease.metadata.name}`);
}
