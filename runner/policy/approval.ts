import type { RunnerPolicy } from '../../contract/index.ts';
import type { ChangeAsked, ReleaseKey } from './change.ts';
import { steps } from './version-step.ts';

/** Why the customer's own word is needed for a change, or null. */
export function approvalNeeded(
  policy: RunnerPolicy,
  asked: ChangeAsked,
): { reason: 'CustomerDecides' | 'ApprovalNeeded'; why: string } | null {
  const { to, step } = asked;
  if (to === null || isApproved(policy, to)) return null;
  if (policy.upgrades === 'customer' && asked.verb !== 'install') {
    return { reason: 'CustomerDecides', why: 'the customer decides when releases change' };
  }
  const { upgrades = 'none', kinds = [] } = policy.approvalRequired ?? {};
  if (upgrades !== 'none' && step !== null) {
    const least = upgrades === 'all' ? 0 : steps.indexOf(upgrades);
    const what = step === 'inputs' ? 'new inputs' : `a ${step} change`;
    if (steps.indexOf(step) >= least) return { reason: 'ApprovalNeeded', why: `${what} of release needs an approval` };
  }
  const touched = [...asked.changed, ...asked.removed].filter(({ kind }) => kinds.includes(kind));
  if (touched.length === 0) return null;
  const names = touched.slice(0, 10).map(({ name, kind }) => `${name} (${kind})`);
  return { reason: 'ApprovalNeeded', why: `a change of ${names.join(', ')} needs an approval` };
}

/** By what it is, never by what it is called. */
function isApproved(policy: RunnerPolicy, { digest, inputsDigest }: ReleaseKey): boolean {
  return (policy.approvals ?? []).some(
    (approval) => approval.releaseDigest === digest && approval.inputsDigest === inputsDigest,
  );
}

/** For plans of the base layer that destroy something. */
export function isPlanApproved(policy: RunnerPolicy, component: string, planDigest: string): boolean {
  return (policy.approvals ?? []).some(
    (approval) => approval.component === component && approval.planDigest === planDigest,
  );
}
