/* oxlint-disable no-new -- a construct adds itself to its scope */
import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group/index.js';
import { DataAwsEksCluster } from '@cdktf/provider-aws/lib/data-aws-eks-cluster/index.js';
import { EksCluster } from '@cdktf/provider-aws/lib/eks-cluster/index.js';
import type { TerraformStack } from 'cdktf';
import { after, called, flag, list, onlyIf, text } from '../expressions.ts';

export const clusterLocals = {
  made: 'var.mode != "cluster"',
  groups: 'local.made && var.node_profile == "node-groups"',
  auto: 'local.made && var.node_profile == "auto"',
  from_outside: 'length(var.public_endpoint_cidrs) > 0',
  cluster_name: 'one(concat(aws_eks_cluster.cluster[*].name, data.aws_eks_cluster.existing[*].name))',
  cluster_endpoint: 'one(concat(aws_eks_cluster.cluster[*].endpoint, data.aws_eks_cluster.existing[*].endpoint))',
  cluster_ca:
    'one(concat(aws_eks_cluster.cluster[*].certificate_authority[0].data, data.aws_eks_cluster.existing[*].certificate_authority[0].data))',
  cluster_version: 'one(concat(aws_eks_cluster.cluster[*].version, data.aws_eks_cluster.existing[*].version))',
} as const;

/** The cluster, unless the customer has one: its API private, its secrets under the customer's key, all of its logs kept. */
export function addCluster(stack: TerraformStack): void {
  onlyIf('!local.made', new DataAwsEksCluster(stack, 'existing', { name: text('local.cluster') }));
  const logs = new CloudwatchLogGroup(stack, 'cluster-group', {
    name: '/aws/eks/${local.cluster}/cluster',
    retentionInDays: 90,
  });
  onlyIf('local.made', called('cluster', logs));
  const cluster = new EksCluster(stack, 'cluster', {
    name: text('local.cluster'),
    version: text('var.kubernetes_version'),
    roleArn: text('local.role_arns.cluster'),
    enabledClusterLogTypes: ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'],
    // Ours are add-ons, so that they are upgraded; Auto Mode brings its own.
    bootstrapSelfManagedAddons: false,
    // Nobody is let in for having made it: an entry says who, and can be taken away.
    accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: false },
    encryptionConfig: { resources: ['secrets'], provider: { keyArn: text('local.cluster_key_arn') } },
    vpcConfig: {
      subnetIds: list('local.private_subnet_ids'),
      endpointPrivateAccess: true,
      endpointPublicAccess: flag('local.from_outside'),
      publicAccessCidrs: list('local.from_outside ? var.public_endpoint_cidrs : null'),
    },
    ...after('aws_cloudwatch_log_group.cluster'),
  });
  onlyIf('local.made', cluster);
  // AWS takes both at creation and never tells them again: a cluster that is taken into a state would be replaced for them.
  cluster.addOverride('lifecycle.ignore_changes', [
    'bootstrap_self_managed_addons',
    'access_config[0].bootstrap_cluster_creator_admin_permissions',
  ]);
  // AWS wants the three of Auto Mode together, or none.
  const whenAuto = text('local.auto ? [1] : []');
  const roleArn = text('local.role_arns.node');
  // `general-purpose` has no limits; the hand-off makes a NodePool that has.
  const compute = { enabled: true, node_pools: ['system'], node_role_arn: roleArn };
  const blocks = {
    compute_config: compute,
    kubernetes_network_config: { elastic_load_balancing: { enabled: true } },
    storage_config: { block_storage: { enabled: true } },
  };
  for (const [block, content] of Object.entries(blocks)) {
    cluster.addOverride(`dynamic.${block}`, { for_each: whenAuto, content });
  }
}
