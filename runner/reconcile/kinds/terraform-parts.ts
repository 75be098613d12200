import type { TerraformParts } from '../../components/terraform/act.ts';
import { isPlanApproved } from '../../policy/index.ts';
import { backoffMs } from '../stance/backoff.ts';
import type { Parts } from '../parts.ts';

/** A lock of somebody else tells nobody when it goes. */
const pause = 6;

export function terraformParts(parts: Parts): TerraformParts {
  const { clock, policy } = parts;
  return {
    ...parts,
    ...parts.terraformState,
    isApproved: (component, digest) => isPlanApproved(policy.current(), component, digest),
    lookAgain: () => new Date(clock.now().getTime() + (parts.backoff ?? backoffMs)(pause)),
  };
}
