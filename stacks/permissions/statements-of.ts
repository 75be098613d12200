import { boundaryPolicy, endedPolicy, limits } from './roles/boundary.ts';
import { installPolicies } from './roles/install.ts';
import { preflightPolicies } from './roles/preflight.ts';
import { runnerPolicies } from './roles/runner.ts';
import { flowPolicies, nodePolicies } from './roles/services.ts';
import type { Statement } from './statement.ts';
import { teardownPolicies } from './roles/teardown.ts';
import { upgradePolicies } from './roles/upgrade.ts';
import type { Phase } from './phase.ts';

/** Who holds policies of ours. `preflight` is no role: rights for a person who has less than an admin. */
export const policyHolders = [
  'preflight',
  'install',
  'runner',
  'upgrade',
  'teardown',
  'cluster',
  'node',
  'flow',
  'storage',
] as const;
export type PolicyHolder = (typeof policyHolders)[number];

/** Statements by policy; the policy's name in the account is `<prefix>-<key>`. */
export type Policies = Readonly<Record<string, readonly Statement[]>>;

const byHolder: Readonly<Record<PolicyHolder, Policies>> = {
  preflight: preflightPolicies,
  install: installPolicies,
  runner: runnerPolicies,
  upgrade: upgradePolicies,
  teardown: teardownPolicies,
  // AWS's own policies only.
  cluster: {},
  node: nodePolicies,
  flow: flowPolicies,
  storage: {},
};

export function statementsOf(holder: PolicyHolder): Policies {
  return byHolder[holder];
}

/**
 * `boundary`: the permissions boundary of install, runner, upgrade and teardown role. `limits`: the same denies without the
 * ceiling, to be attached where the customer gives a boundary of their own. `ended`: see the end of the install.
 */
export const guardPolicies = { boundary: boundaryPolicy, limits, ended: endedPolicy } as const;

export type Mode = 'full' | 'vpc' | 'cluster';

/** When a policy is attached; what is not named here always is. */
export const policyWhen: Readonly<
  Record<string, { modes?: readonly Mode[]; principal?: 'codebuild'; option?: 'census' }>
> = {
  'install-network': { modes: ['full'] },
  'install-given-network': { modes: ['vpc'] },
  'install-cluster': { modes: ['full', 'vpc'] },
  'install-job': { principal: 'codebuild' },
  'runner-census': { option: 'census' },
};

/** How many statements each holder has in each phase. */
export function phaseCounts(): Record<Phase, Partial<Record<PolicyHolder, number>>> {
  const count = (phase: Phase): Partial<Record<PolicyHolder, number>> => {
    const found: Partial<Record<PolicyHolder, number>> = {};
    for (const holder of policyHolders) {
      const serving = Object.values(byHolder[holder])
        .flat()
        .filter((statement) => statement.phases.includes(phase));
      if (serving.length > 0) found[holder] = serving.length;
    }
    return found;
  };
  return {
    preflight: count('preflight'),
    install: count('install'),
    'hand-off': count('hand-off'),
    teardown: count('teardown'),
    upgrade: count('upgrade'),
    run: count('run'),
    census: count('census'),
  };
}
