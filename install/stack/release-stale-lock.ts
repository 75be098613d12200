import { hostname, userInfo } from 'node:os';
import type { Tofu, TofuCall } from '../../engines/index.ts';
import type { InstallContext } from '../context.ts';
import { enginesOn } from './engines-on.ts';
import { readLock, type StateObject } from './state-object.ts';

/** Terraform truncates nothing, but clocks of a lock and of the marker may differ in their milliseconds. */
const toleranceMs = 2000;

/**
 * Gives back the lock of an engine of ours that was killed. Only when it is proven dead: an engine in this folder did not come to
 * its end and does not live any more, the lock is not older than it, this user on this machine took it, and no engine of theirs
 * that lives works on this state, in whatever folder; or the host runs one at a time, and the lock is older than this one. Says
 * whether it did.
 */
export async function releaseStaleLock(
  context: InstallContext,
  tofu: Tofu,
  call: TofuCall,
  state: StateObject,
  earlier: { startedAt: Date } | undefined,
): Promise<boolean> {
  const lock = await readLock(context, state);
  if (lock === undefined) return true;
  const created = Date.parse(lock.Created);
  const sole = context.soleRunnerSince;
  if (sole !== undefined && created < sole.getTime() - toleranceMs) {
    await tofu.forceUnlock({ lockId: lock.ID }, call);
    return true;
  }
  if (earlier === undefined || lock.Who !== `${userInfo().username}@${hostname()}`) return false;
  if (created < earlier.startedAt.getTime() - toleranceMs) return false;
  if ((await enginesOn(state)) !== 'none') return false;
  await tofu.forceUnlock({ lockId: lock.ID }, call);
  return true;
}
