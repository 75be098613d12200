import type { Json, JsonObject } from '../../../contract/index.ts';
import type { TofuResourceChange } from '../../../engines/index.ts';
import { type OwnBranch, ownBranch } from '../own-branch.ts';

type Values = { before?: JsonObject; after?: JsonObject; unknown?: JsonObject; address?: string };

/** One resource of a plan, as `show -json` tells it. */
export function changeOf(type: string, actions: string[], values: Values = {}): TofuResourceChange {
  const gone = actions.includes('delete') || actions.includes('forget');
  const made = actions.includes('create') || actions.includes('update');
  const before: Json = values.before ?? {};
  const after: Json = values.after ?? values.before ?? {};
  return {
    address: values.address ?? `${type}.it`,
    mode: 'managed',
    type,
    name: 'it',
    provider_name: 'registry.opentofu.org/hashicorp/aws',
    change: {
      actions,
      before: actions.includes('create') && !gone ? null : before,
      after: gone && !made ? null : after,
      after_unknown: values.unknown ?? {},
    },
  };
}

export const nodeGroup = (name: string, actions = ['update'], after: JsonObject = {}): TofuResourceChange =>
  changeOf('aws_eks_node_group', actions, {
    address: `aws_eks_node_group.nodes["${name}"]`,
    before: { node_group_name: name, release_version: '1.34.1', scaling_config: [{ desired_size: 2, max_size: 2 }] },
    after: {
      node_group_name: name,
      release_version: '1.35.0',
      scaling_config: [{ desired_size: 2, max_size: 2 }],
      ...after,
    },
  });

export const clusterTo = (to: string): TofuResourceChange =>
  changeOf('aws_eks_cluster', ['update'], {
    address: 'aws_eks_cluster.cluster[0]',
    before: { version: '1.34', vpc_config: [{ endpoint_private_access: true }] },
    after: { version: to, vpc_config: [{ endpoint_private_access: true }] },
  });

const iam = 'arn:aws:iam::123456789012:role';

export function branch(group: string | null = 'general'): OwnBranch {
  return ownBranch({
    upgradeRoleArn: `${iam}/lf-acme-upgrade`,
    prefix: 'lf-acme',
    cluster: 'lf-acme',
    namespace: 'landfall-system',
    stateBucket: 'lf-acme-123456789012-state',
    stateKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/aaaa-bbbb',
    nodeGroup: group,
  });
}
