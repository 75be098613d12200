import type { TofuLockInfo } from '../../../engines/index.ts';

/** A call that locks a state, made by a runner. */
export type LockingCall = {
  /** As the lease has it: `pod/<namespace>/<name>/<uid>/<boot id>`. Empty: written by a runner that did not record it. */
  identity: string;
  /** The name of its machine, which the engine writes into a lock. */
  host: string;
  epoch: number;
  /** When it began; when it ended without an answer, or null: it is not known to have ended, and its runner is dead. */
  from: Date;
  to: Date | null;
};

/** This very runner. */
export type Self = { host: string; since: Date };

/** The engine's time is finer than ours. */
const roundingMs = 1000;

/**
 * The dead call that has left this lock, or null: nobody proven dead has, so the lock is somebody else's and stays. The lock must name the machine of
 * that call and have been made while it ran. A call of an earlier runner is dead: its lease is ours, and its children ended with it. What was locked
 * on our own machine after we began is no earlier runner's: it is ours, when a call of ours was killed meanwhile, or a person's.
 */
export function deadHolderOf(lock: TofuLockInfo, dead: readonly LockingCall[], self: Self): LockingCall | null {
  const { created, who } = lock;
  if (created === null) return null;
  return (
    dead.find(({ host, from, to }) => {
      if (host !== '' && !who.endsWith(`@${host}`)) return false;
      if (created.getTime() < from.getTime() - roundingMs) return false;
      if (to !== null) return created.getTime() <= to.getTime();
      return host !== self.host || created.getTime() <= self.since.getTime();
    }) ?? null
  );
}

/** For a person: whose a lock is, and since when. */
export function describeLock({ id, who, operation, created }: TofuLockInfo): string {
  const since = created === null ? '' : ` since ${created.toISOString()}`;
  return `${who === '' ? 'somebody' : who}${since} (${operation === '' ? 'lock' : operation} ${id})`;
}
