/* oxlint-disable no-new -- a construct adds itself to its scope */
import { EksAccessEntry } from '@cdktf/provider-aws/lib/eks-access-entry/index.js';
import { EksAccessPolicyAssociation } from '@cdktf/provider-aws/lib/eks-access-policy-association/index.js';
import { EksPodIdentityAssociation } from '@cdktf/provider-aws/lib/eks-pod-identity-association/index.js';
import type { TerraformStack } from 'cdktf';
import { runnerIdentity } from '../../names.ts';
import { after, onlyIf, text } from '../expressions.ts';

/** The two who may enter: the install role until the end, the runner by Pod Identity. */
export function addAccess(stack: TerraformStack): void {
  const clusterName = text('local.cluster_name');
  new EksPodIdentityAssociation(stack, 'runner-identity', {
    clusterName,
    ...runnerIdentity,
    roleArn: text('local.role_arns.runner'),
  });
  // The same switch as in the account stack: the runner, which owns this stack later, applies it closed.
  const open = 'var.install_access == "open"';
  const principalArn = text('local.role_arns.install');
  onlyIf(open, new EksAccessEntry(stack, 'install-entry', { clusterName, principalArn, type: 'STANDARD' }));
  const admin = new EksAccessPolicyAssociation(stack, 'install-admin', {
    clusterName,
    principalArn,
    policyArn: 'arn:${local.partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy',
    accessScope: { type: 'cluster' },
    ...after('aws_eks_access_entry.install-entry'),
  });
  onlyIf(open, admin);
}
