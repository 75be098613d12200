import { LandfallError } from '../../contract/index.ts';
import type { TofuLockInfo } from '../../engines/index.ts';

/** The machine of every runner that a fake install starts. */
export const fakeHost = 'node-a';

/** As the engine says it. */
export function stateLocked(lock: TofuLockInfo): LandfallError {
  return new LandfallError('LF-ENGINES-021', 'Error acquiring the state lock', { temporary: true, details: { lock } });
}
