/** The branch the runner sits on: what a base layer must never take from it, whoever signed or approved it. */
export type OwnBranch = {
  partition: string;
  account: string;
  prefix: string;
  cluster: string;
  /** Its own Pod Identity. */
  namespace: string;
  serviceAccount: string;
  roles: { runner: string; upgrade: string; install: string; teardown: string; node: string };
  stateBucket: string;
  /** null: the bucket's key is not known here. */
  stateKeyArn: string | null;
  /** The node group whose node it runs on; null: none, or not known. */
  nodeGroup: string | null;
};

/** A role that a workload beside the runner may have: one of this install's, and none of those that can do more. */
export function isWorkloadRole(role: unknown, { partition, account, prefix, roles }: OwnBranch): role is string {
  const ours = `arn:${partition}:iam::${account}:role/${prefix}-`;
  const strong = [roles.runner, roles.upgrade, roles.install, roles.teardown];
  return typeof role === 'string' && role.startsWith(ours) && !strong.includes(role);
}

export function ownBranch(facts: {
  upgradeRoleArn: string;
  prefix: string;
  cluster: string;
  namespace: string;
  stateBucket: string;
  stateKeyArn: string | null;
  nodeGroup: string | null;
}): OwnBranch {
  const { upgradeRoleArn, prefix, ...rest } = facts;
  const [, partition = 'aws', , , account = ''] = upgradeRoleArn.split(':');
  const role = (kind: string): string => `arn:${partition}:iam::${account}:role/${prefix}-${kind}`;
  return {
    ...rest,
    partition,
    account,
    prefix,
    serviceAccount: 'landfall-runner',
    roles: {
      runner: role('runner'),
      upgrade: upgradeRoleArn,
      install: role('install'),
      teardown: role('teardown'),
      node: role('node'),
    },
  };
}
