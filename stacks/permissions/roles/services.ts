import { arn } from '../arns.ts';
import { logGroups } from './base-reads.ts';
import { registryLogin } from './shared-statements.ts';
import type { Statement } from '../statement.ts';

/** Instead of AWS's policy that reads every repository of the account: the nodes pull from this install's mirror alone. */
export const nodePolicies: Readonly<Record<string, readonly Statement[]>> = {
  'node-pull': [
    {
      sid: 'PullFromMirror',
      effect: 'Allow',
      actions: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      resources: [arn('ecr', 'repository/${prefix}/*')],
      reason: "The nodes pull the product's images from the mirror",
      phases: ['run'],
    },
    registryLogin(['run']),
  ],
};

export const flowPolicies: Readonly<Record<string, readonly Statement[]>> = {
  'flow-write': [
    {
      sid: 'WriteFlowLogs',
      effect: 'Allow',
      actions: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
      resources: logGroups.filter((group) => group.includes('/flow')),
      reason: 'AWS writes the flow logs of the VPC into their one log group',
      phases: ['run'],
    },
  ],
};

/** Rights that AWS itself defines for a role that AWS's own parts use, by name. */
export const awsManagedPolicies = {
  cluster: ['AmazonEKSClusterPolicy'],
  /** With node profile `auto` besides. */
  clusterAuto: [
    'AmazonEKSBlockStoragePolicy',
    'AmazonEKSComputePolicy',
    'AmazonEKSLoadBalancingPolicy',
    'AmazonEKSNetworkingPolicy',
  ],
  node: ['AmazonEKSWorkerNodePolicy', 'AmazonEKS_CNI_Policy'],
  nodeAuto: ['AmazonEKSWorkerNodeMinimalPolicy'],
  storage: ['service-role/AmazonEBSCSIDriverPolicy'],
} as const;
