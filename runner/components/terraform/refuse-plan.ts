import { LandfallError } from '../../../contract/index.ts';
import { MustWait } from '../../waits.ts';
import type { Refusal } from './judge-plan.ts';

/** Throws what keeps a plan from being applied. The customer's limits are waited for; what is beyond the release's own or ours is its failure. */
export function refusePlan(component: string, refused: readonly Refusal[]): void {
  if (refused.length === 0) return;
  const told = refused.map(({ address, verb, why }) => `${verb} ${address} (${why})`).join('; ');
  const message = `the plan of ${component} is refused: ${told}; nothing was applied`;
  const ours = refused.filter(({ by }) => by === 'release');
  if (ours.some(({ kind }) => kind === 'protected')) throw new LandfallError('LF-RUNNER-010', message);
  if (ours.length > 0) throw new LandfallError('LF-RUNNER-160', message);
  const changes = refused.slice(0, 50).map(({ address, verb, why }) => `${verb} ${address}: ${why}`.slice(0, 300));
  throw new MustWait({ reason: 'PlanNotAllowed', message, until: null, details: { changes } });
}
