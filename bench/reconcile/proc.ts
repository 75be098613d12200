import { readFile } from 'node:fs/promises';

/** Linux counts processor time for user space in hundredths of a second whatever its own tick is. */
const ticksPerSecond = 100;

/** proc(5): of the process itself, and with all children that it has waited for, and theirs. Seconds. */
export async function cpuOf(pid: number | 'self'): Promise<{ own: number; withChildren: number }> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The second field, the name, may hold blanks and ends with the last parenthesis; user time is the 14th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user = 0, system = 0, childrenUser = 0, childrenSystem = 0] = fields.slice(11, 15).map(Number);
  const own = (user + system) / ticksPerSecond;
  return { own, withChildren: own + (childrenUser + childrenSystem) / ticksPerSecond };
}

/** Bytes: what is resident now, what of it is the process's own (not Node's program, which all processes share), and the most that ever was. */
export async function memoryOf(pid: number): Promise<{ now: number; anonymous: number; peak: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
  return { now: field('VmRSS'), anonymous: field('RssAnon'), peak: field('VmHWM') };
}
