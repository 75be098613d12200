/* oxlint-disable no-new -- a construct adds itself to its scope */
import { EksAddon } from '@cdktf/provider-aws/lib/eks-addon/index.js';
import { EksPodIdentityAssociation } from '@cdktf/provider-aws/lib/eks-pod-identity-association/index.js';
import type { TerraformStack } from 'cdktf';
import { storageIdentity } from '../../names.ts';
import { after, called, forEach, onlyIf, text } from '../expressions.ts';

const beforeNodes = ['eks-pod-identity-agent', 'kube-proxy', 'vpc-cni'];
const onNodes = ['aws-ebs-csi-driver', 'coredns'];

export const addOnLocals = {
  addons: `local.groups ? toset(${JSON.stringify(beforeNodes)}) : toset([])`,
  addons_on_nodes: `local.groups ? toset(${JSON.stringify(onNodes)}) : toset([])`,
} as const;

/** What Auto Mode has built in: network, names, identity and volumes for pods. */
export function addAddOns(stack: TerraformStack): void {
  const clusterName = text('aws_eks_cluster.cluster[0].name');
  const addon = {
    clusterName,
    addonName: text('each.key'),
    // Never "the newest of the day": the same variables must plan nothing tomorrow.
    addonVersion: text('lookup(var.addon_versions, each.key, null)'),
    resolveConflictsOnUpdate: 'OVERWRITE',
  };
  forEach('local.addons', new EksAddon(stack, 'addon', addon));
  const storage = new EksPodIdentityAssociation(stack, 'storage-identity', {
    clusterName,
    ...storageIdentity,
    roleArn: text('local.role_arns.storage'),
  });
  onlyIf('local.groups', storage);
  const later = new EksAddon(stack, 'addon-on-nodes', {
    ...addon,
    ...after('aws_eks_node_group.nodes', 'aws_eks_pod_identity_association.storage-identity'),
  });
  forEach('local.addons_on_nodes', called('addon-on-nodes', later));
}
