import type { ComponentName, Digest } from '../../../contract/index.ts';
import type { Tofu, TofuResourceChange } from '../../../engines/index.ts';
import { MustWait } from '../../waits.ts';
import { planDigest } from './plan-digest.ts';

/** One resource, and why its change is not simply carried out. */
export type Finding = { address: string; verb: string; why: string };

export type PlanToApprove = {
  component: ComponentName;
  /** Of module, variables and providers. */
  configuration: string;
  changes: readonly TofuResourceChange[];
  findings: readonly Finding[];
};

export type ApprovalParts = {
  tofu: Pick<Tofu, 'statePull'>;
  isApproved: (planDigest: Digest) => boolean;
  stop: AbortSignal;
};

/**
 * Returns when the customer has approved exactly this plan on exactly this state: the plan that was just made is the one that is applied. Else
 * throws MustWait, which tells the digest. An approval is for one plan: made again and different in anything, it has another digest.
 */
export async function requireApproval(parts: ApprovalParts, plan: PlanToApprove): Promise<void> {
  const { component, configuration, changes, findings } = plan;
  const state = await parts.tofu.statePull({ signal: parts.stop });
  const identity = state === undefined ? null : { lineage: state.lineage, serial: state.serial };
  const digest = planDigest({ changes, state: identity, configuration });
  if (parts.isApproved(digest)) return;
  const told = findings.map(({ address, verb, why }) => `${verb} ${address}: ${why}`);
  const message = `the plan of ${component} needs the customer's approval: ${told.join('; ')}. To approve it, add {component: ${component}, planDigest: ${digest}} to approvals of the RunnerPolicy`;
  const details = { component, planDigest: digest, changes: told.slice(0, 50).map((text) => text.slice(0, 300)) };
  throw new MustWait({ reason: 'ApprovalNeeded', message, until: null, details });
}
