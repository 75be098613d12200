/** Where an install lives. Everything below is named from these, so that both stacks and both sides agree without talking. */
export type Place = {
  installId: string;
  accountId: string;
  region: string;
  /** Instead of `lf-<installId>`; empty means just that. */
  namePrefix?: string | undefined;
  /** The customer's own cluster (mode `cluster`); empty: the one that the base stack makes, named as the prefix. */
  clusterName?: string | undefined;
};

export type InstallNames = {
  /** Every name in the account starts with it. */
  prefix: string;
  partition: string;
  stateBucket: string;
  cluster: string;
  roles: Record<RoleKind, { name: string; arn: string }>;
  boundaryArn: string;
  /** Denies everything: the one policy that the runner may attach, and to the install role only. */
  endedPolicyArn: string;
  keyAliases: { state: string; cluster: string };
  logGroup: string;
  flowLogGroup: string;
};

export const roleKinds = ['install', 'runner', 'upgrade', 'teardown', 'cluster', 'node', 'flow', 'storage'] as const;
export type RoleKind = (typeof roleKinds)[number];

export const stateKeys = { account: 'account/terraform.tfstate', base: 'base/terraform.tfstate' } as const;

/** The runner keeps its components' states under this prefix of the state bucket. */
export const componentStatePrefix = 'components/';

export const runnerIdentity = { namespace: 'landfall-system', serviceAccount: 'landfall-runner' } as const;

/** The service account of AWS's EBS driver, which makes the cluster's volumes. */
export const storageIdentity = { namespace: 'kube-system', serviceAccount: 'ebs-csi-controller-sa' } as const;

export function installNames({ installId, accountId, region, namePrefix, clusterName }: Place): InstallNames {
  const prefix = namePrefix === undefined || namePrefix === '' ? `lf-${installId}` : namePrefix;
  const cluster = clusterName === undefined || clusterName === '' ? prefix : clusterName;
  const partition = partitionOf(region);
  const iam = `arn:${partition}:iam::${accountId}`;
  const role = (kind: RoleKind): { name: string; arn: string } => ({
    name: `${prefix}-${kind}`,
    arn: `${iam}:role/${prefix}-${kind}`,
  });
  return {
    prefix,
    partition,
    stateBucket: `${prefix}-${accountId}-state`,
    cluster,
    roles: {
      install: role('install'),
      runner: role('runner'),
      upgrade: role('upgrade'),
      teardown: role('teardown'),
      cluster: role('cluster'),
      node: role('node'),
      flow: role('flow'),
      storage: role('storage'),
    },
    boundaryArn: `${iam}:policy/${prefix}-boundary`,
    endedPolicyArn: `${iam}:policy/${prefix}-ended`,
    keyAliases: { state: `alias/${prefix}-state`, cluster: `alias/${prefix}-cluster` },
    logGroup: `/aws/eks/${cluster}/cluster`,
    flowLogGroup: `/landfall/${prefix}/flow`,
  };
}

function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}
