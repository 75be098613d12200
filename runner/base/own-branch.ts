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
