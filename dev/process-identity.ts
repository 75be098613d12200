import { readFileSync } from 'node:fs';

/** A process beyond doubt: pids are reused, the pair with the start time (in clock ticks since boot) is not. */
export type ProcessIdentity = { pid: number; startTime: string };

/** The start time of a living process; undefined when there is none, or only its zombie. */
export function startTimeOf(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The command's name, in parentheses, may hold spaces and parentheses itself: fields are counted after the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : fields[19];
}

export function isAlive(identity: ProcessIdentity): boolean {
  return startTimeOf(identity.pid) === identity.startTime;
}
