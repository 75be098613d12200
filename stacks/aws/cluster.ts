/* oxlint-disable no-new -- a construct adds itself to its scope */
import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group/index.js';
import { EksAccessEntry } from '@cdktf/provider-aws/lib/eks-access-entry/index.js';
import { EksAccessPolicyAssociation } from '@cdktf/provider-aws/lib/eks-access-policy-association/index.js';
import { EksAddon } from '@cdktf/provider-aws/lib/eks-addon/index.js';
import { EksCluster } from '@cdktf/provider-aws/lib/eks-cluster/index.js';
import { EksNodeGroup } from '@cdktf/provider-aws/lib/eks-node-group/index.js';
import { EksPodIdentityAssociation } from '@cdktf/provider-aws/lib/eks-pod-identity-association/index.js';
import { type TerraformStack, TerraformVariable } from 'cdktf';
import type { BaseInputs } from '../inputs.ts';
import { type InstallNames, runnerIdentity } from '../names.ts';
import type { Network } from './network.ts';

/** The cluster, its nodes, and the two who may enter: the install role until the end, the runner by Pod Identity. */
export function addCluster(
  stack: TerraformStack,
  inputs: BaseInputs,
  names: InstallNames,
  network: Network,
  keyArn: string,
): EksCluster {
  const logs = new CloudwatchLogGroup(stack, 'cluster-logs', { name: names.logGroup, retentionInDays: 90 });
  const fromOutside = inputs.publicEndpointCidrs.length > 0;
  const cluster = new EksCluster(stack, 'cluster', {
    name: names.cluster,
    version: inputs.kubernetesVersion,
    roleArn: names.roles.cluster.arn,
    enabledClusterLogTypes: ['api', 'audit', 'authenticator'],
    // Nobody is let in for having made it: the entry below says who, and can be taken away.
    accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: false },
    encryptionConfig: { resources: ['secrets'], provider: { keyArn } },
    vpcConfig: {
      subnetIds: network.privateSubnetIds,
      endpointPrivateAccess: true,
      endpointPublicAccess: fromOutside,
      ...(fromOutside ? { publicAccessCidrs: inputs.publicEndpointCidrs } : {}),
    },
    dependsOn: [logs],
  });
  for (const group of inputs.nodeGroups) {
    new EksNodeGroup(stack, `nodes-${group.name}`, {
      clusterName: cluster.name,
      nodeGroupName: `${names.prefix}-${group.name}`,
      nodeRoleArn: names.roles.node.arn,
      subnetIds: network.privateSubnetIds,
      amiType: 'BOTTLEROCKET_x86_64',
      instanceTypes: [group.instanceType],
      scalingConfig: { minSize: group.size, desiredSize: group.size, maxSize: group.size + 1 },
      updateConfig: { maxUnavailable: 1 },
      dependsOn: [network.wayOut],
    });
  }
  new EksAddon(stack, 'pod-identity-agent', { clusterName: cluster.name, addonName: 'eks-pod-identity-agent' });
  new EksPodIdentityAssociation(stack, 'runner-identity', {
    clusterName: cluster.name,
    ...runnerIdentity,
    roleArn: names.roles.runner.arn,
  });
  installAccess(stack, cluster, names);
  return cluster;
}

/** The same switch as in the account stack: the runner, which owns this stack later, applies it closed. */
function installAccess(stack: TerraformStack, cluster: EksCluster, names: InstallNames): void {
  const access = new TerraformVariable(stack, 'install_access', {
    type: 'string',
    default: 'open',
    description: 'open: the install role may enter the cluster. closed: it may not.',
  });
  const count = `\${var.${access.friendlyUniqueId} == "open" ? 1 : 0}`;
  const entry = new EksAccessEntry(stack, 'install-entry', {
    clusterName: cluster.name,
    principalArn: names.roles.install.arn,
    type: 'STANDARD',
  });
  entry.addOverride('count', count);
  const admin = new EksAccessPolicyAssociation(stack, 'install-admin', {
    clusterName: cluster.name,
    principalArn: names.roles.install.arn,
    policyArn: `arn:${names.partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy`,
    accessScope: { type: 'cluster' },
    dependsOn: [entry],
  });
  admin.addOverride('count', count);
}
