import type { AwsClients } from '../aws/index.ts';
import { type BaseLayerParts, eksUpdates, ownBranch, placeOf } from '../base/index.ts';
import { type RunnerConfig, stateBucketOf } from '../config.ts';
import type { Kubernetes } from '../kubernetes/index.ts';
import { type GivenPermissions, iamGivenPermissions } from '../permissions/index.ts';

type Options = {
  config: RunnerConfig;
  kubernetes: Kubernetes;
  aws: AwsClients;
  /** null: this runner is no pod, and no node is its own. */
  pod: { namespace: string; name: string } | null;
};

/** What the reconciler gets when the install has a base layer of ours. */
export function baseOfInstall({ config, kubernetes, aws, pod }: Options): BaseLayerParts | undefined {
  if (config.base === null) return undefined;
  const { variables, upgradeRoleArn } = config.base;
  const { cluster, prefix } = config.install;
  const { bucket, kmsKeyArn } = stateBucketOf(config);
  return {
    // The install role never comes back by way of an upgrade.
    variables: { ...variables, install_access: 'closed' },
    upgradeRoleArn,
    own: (nodeGroup) =>
      ownBranch({
        upgradeRoleArn,
        prefix,
        cluster,
        namespace: config.namespace,
        stateBucket: bucket,
        stateKeyArn: kmsKeyArn === '' ? null : kmsKeyArn,
        nodeGroup,
      }),
    cloud: eksUpdates({ eks: aws.eks, cluster }),
    place: placeOf({ kubernetes, pod }),
  };
}

/** What the account stack gives; absent when the runner came by chart alone. */
export function permissionsOfInstall({
  config,
  aws,
}: Pick<Options, 'config' | 'aws'>):
  (GivenPermissions & { values: Record<string, string>; updateUrl: string }) | undefined {
  if (config.base === null && config.ending === null) return undefined;
  const { id, prefix, cluster } = config.install;
  const { kmsKeyArn } = stateBucketOf(config);
  return {
    ...iamGivenPermissions({ iam: aws.iam, prefix }),
    values: { install: id, cluster, ...(kmsKeyArn === '' ? {} : { 'state-key': kmsKeyArn }) },
    updateUrl: config.permissionsUpdateUrl,
  };
}
