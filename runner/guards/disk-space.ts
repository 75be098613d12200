import { statfs } from 'node:fs/promises';
import { LandfallError } from '../../contract/index.ts';

export type FreeBytes = (dir: string) => Promise<number>;

/** For what must be written whatever happens: a state at the end of an apply, the ledger, the spool. */
const spareBytes = 64 * 1024 ** 2;
const fullDisk: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT']);
const mostCauses = 8;

/** Of the file system that `dir` is on, for whoever is not root. */
export const freeBytes: FreeBytes = async (dir) => {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
};

/** Before anything is fetched: LF-RUNNER-020 (temporary) when it would not fit. */
export async function requireRoom(
  dir: string,
  bytes: number,
  what: string,
  free: FreeBytes = freeBytes,
): Promise<void> {
  const left = await free(dir);
  if (left >= bytes + spareBytes) return;
  const message = `${what} needs ${mebi(bytes)} MiB in ${dir}, where ${mebi(left)} MiB are left`;
  throw new LandfallError('LF-RUNNER-020', message, { temporary: true });
}

/** Whether it was the file system that had no room, however deep it is wrapped. */
export function isDiskFull(error: unknown): boolean {
  let cause = error;
  for (let depth = 0; cause instanceof Error && depth < mostCauses; depth++, cause = cause.cause) {
    if ('code' in cause && (fullDisk.has(cause.code) || cause.code === 'LF-RUNNER-020')) return true;
  }
  return false;
}

function mebi(bytes: number): number {
  return Math.ceil(bytes / 1024 ** 2);
}
