import type { AcceptedState, PassSignals } from '../ports.ts';
import type { LastGood, Memory, TargetKey } from './memory/memory.ts';
import type { Parts } from './parts.ts';
import type { StatusKeeper } from './told/status.ts';

/** What one pass works with. */
export type Pass = { parts: Parts; memory: Memory; status: StatusKeeper; signals: PassSignals; state: AcceptedState };

/** For the report: the release that is wholly applied. */
export function observedOf(lastGood: LastGood | null): { version: string; digest: TargetKey['digest'] } | null {
  return lastGood && { version: lastGood.key.version, digest: lastGood.key.digest };
}
