import { readFileSync } from 'node:fs';

/** A zombie is dead; who reaps it is not our business. */
export function lives(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
