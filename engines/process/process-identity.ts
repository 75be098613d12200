import { readFile } from 'node:fs/promises';

/** A pid alone may be reused; with the start time it names one process for good. `startTime` is in clock ticks since boot (Linux), else undefined. */
export type ProcessIdentity = { readonly pid: number; readonly startTime: string | undefined };

export async function identify(pid: number): Promise<ProcessIdentity> {
  return { pid, startTime: await startTimeOf(pid) };
}

/** Ends the whole group of a journalled process if that very process still lives. Returns whether it did. */
export async function endStaleProcess(identity: ProcessIdentity): Promise<boolean> {
  if (identity.startTime === undefined || (await startTimeOf(identity.pid)) !== identity.startTime) return false;
  return signalGroup(identity.pid, 'SIGKILL');
}

/** Sends a signal to the group that `pid` leads; false when nobody is left in it. */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}

async function startTimeOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // proc(5): the name in parentheses may hold spaces and parentheses, so count from the last one. Field 22 is starttime.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
