/** Where an install lives. Everything below is named from these three, so that both stacks and both sides agree without talking. */
export type Place = { installId: string; accountId: string; region: string };

export type InstallNames = {
  /** Every name in the account starts with it. */
  prefix: string;
  partition: string;
  stateBucket: string;
  cluster: string;
  roles: Record<RoleKind, { name: string; arn: string }>;
  boundaryArn: string;
  keyAliases: { state: string; cluster: string };
  logGroup: string;
};

export type RoleKind = 'install' | 'runner' | 'cluster' | 'node';

export const stateKeys = { account: 'account/terraform.tfstate', base: 'base/terraform.tfstate' } as const;

/** The runner keeps its components' states under this prefix of the state bucket. */
export const componentStatePrefix = 'components/';

export const runnerIdentity = { namespace: 'landfall-system', serviceAccount: 'landfall-runner' } as const;

export function installNames({ installId, accountId, region }: Place): InstallNames {
  const prefix = `lf-${installId}`;
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
    cluster: prefix,
    roles: { install: role('install'), runner: role('runner'), cluster: role('cluster'), node: role('node') },
    boundaryArn: `${iam}:policy/${prefix}-boundary`,
    keyAliases: { state: `alias/${prefix}-state`, cluster: `alias/${prefix}-cluster` },
    logGroup: `/aws/eks/${prefix}/cluster`,
  };
}

function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}
