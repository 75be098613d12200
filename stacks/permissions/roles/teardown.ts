import { arn, clusterAdmin, role } from '../arns.ts';
import { baseReads, budget, clusterResources, logGroups } from './base-reads.ts';
import { baseState, onlyOurs } from './shared-statements.ts';
import type { Statement } from '../statement.ts';

const teardown = ['teardown'] as const;
const ec2 = (kinds: readonly string[]): string[] => kinds.map((kind) => arn('ec2', `${kind}/*`));
const loadBalancers = ['loadbalancer/*', 'targetgroup/*'].map((kind) => arn('elasticloadbalancing', kind));

/** Exists only while the customer's admin has opened it: deletes what carries the install's tag or name, nothing else. */
export const teardownPolicies: Readonly<Record<string, readonly Statement[]>> = {
  'teardown-read': baseReads(teardown),
  'teardown-state': baseState(teardown),
  'teardown-cluster': [
    {
      sid: 'DeleteCluster',
      effect: 'Allow',
      actions: [
        'eks:DeleteAccessEntry',
        'eks:DeleteAddon',
        'eks:DeleteCluster',
        'eks:DeleteNodegroup',
        'eks:DeletePodIdentityAssociation',
        'eks:DisassociateAccessPolicy',
      ],
      resources: clusterResources,
      reason: 'Deletes the one cluster of this install, its nodes and entries',
      phases: teardown,
    },
    {
      sid: 'OwnEntry',
      effect: 'Allow',
      actions: ['eks:CreateAccessEntry'],
      resources: [arn('eks', 'cluster/${cluster}')],
      conditions: { StringEquals: { 'eks:principalArn': role('teardown') } },
      reason: 'Enters the cluster to stop the runner: this role, no other',
      phases: teardown,
    },
    {
      sid: 'OwnEntryPolicy',
      effect: 'Allow',
      actions: ['eks:AssociateAccessPolicy'],
      resources: [arn('eks', 'access-entry/${cluster}/role/${account}/${prefix}-teardown/*')],
      conditions: { StringEquals: { 'eks:policyArn': clusterAdmin } },
      reason: 'Stops the runner and takes away what the product made through the cluster',
      phases: teardown,
    },
    {
      sid: 'DeleteRegistry',
      effect: 'Allow',
      actions: ['ecr:DeleteRepository'],
      resources: [arn('ecr', 'repository/${prefix}/*')],
      reason: 'Deletes the repositories of the install with the images in them, unless they are kept by choice',
      phases: teardown,
    },
    {
      sid: 'DeleteLogGroups',
      effect: 'Allow',
      actions: ['logs:DeleteLogGroup'],
      resources: logGroups,
      reason: 'Deletes the two log groups of the install, unread',
      phases: teardown,
    },
    {
      sid: 'DeleteBudget',
      effect: 'Allow',
      actions: ['budgets:ModifyBudget'],
      resources: [budget],
      reason: 'Deletes the budget of the install; AWS has no narrower right for it',
      phases: teardown,
    },
  ],
  'teardown-network': [
    {
      sid: 'DeleteNetwork',
      effect: 'Allow',
      actions: [
        'ec2:DeleteCustomerGateway',
        'ec2:DeleteFlowLogs',
        'ec2:DeleteInternetGateway',
        'ec2:DeleteLaunchTemplate',
        'ec2:DeleteNatGateway',
        'ec2:DeleteRoute',
        'ec2:DeleteRouteTable',
        'ec2:DeleteSecurityGroup',
        'ec2:DeleteSubnet',
        'ec2:DeleteVpc',
        'ec2:DeleteVpcEndpoints',
        'ec2:DeleteVpnConnection',
        'ec2:DeleteVpnConnectionRoute',
        'ec2:DeleteVpnGateway',
        'ec2:DetachInternetGateway',
        'ec2:DetachVpnGateway',
        'ec2:DisableVgwRoutePropagation',
        'ec2:DisassociateAddress',
        'ec2:DisassociateRouteTable',
        'ec2:ReleaseAddress',
        'ec2:RevokeSecurityGroupEgress',
        'ec2:RevokeSecurityGroupIngress',
      ],
      resources: [arn('ec2', '*')],
      conditions: onlyOurs,
      reason: 'Deletes the network of this install: only what carries its tag',
      phases: teardown,
    },
    {
      sid: 'FreeAddresses',
      effect: 'Allow',
      actions: ['ec2:DisassociateAddress'],
      resources: ec2(['network-interface']),
      reason:
        'AWS asks for the address, which must carry the install’s tag, and for the NAT’s network interface, which carries none',
      phases: teardown,
    },
  ],
  'teardown-controllers': [
    {
      sid: 'FindControllersThings',
      effect: 'Allow',
      actions: [
        'ec2:DescribeInstances',
        'ec2:DescribeSnapshots',
        'ec2:DescribeVolumes',
        'ecr:DescribeRepositories',
        'elasticloadbalancing:DescribeLoadBalancers',
        'elasticloadbalancing:DescribeTags',
        'elasticloadbalancing:DescribeTargetGroups',
      ],
      resources: ['*'],
      reason: 'Finds what controllers in the cluster and the runner made; a search has no narrower resource',
      phases: teardown,
    },
    ...[
      ['ByClusterTag', 'kubernetes.io/cluster/${cluster}', 'owned'],
      ['ByControllerTag', 'elbv2.k8s.aws/cluster', '${cluster}'],
      ['ByEksTag', 'eks:eks-cluster-name', '${cluster}'],
      ['ByNodeTag', 'cluster.k8s.amazonaws.com/name', '${cluster}'],
    ].map(([sid = '', tag = '', value = '']): Statement => ({
      sid: `Delete${sid}`,
      effect: 'Allow',
      actions: [
        'ec2:DeleteNetworkInterface',
        'ec2:DeleteSecurityGroup',
        'ec2:DeleteVolume',
        'ec2:RevokeSecurityGroupEgress',
        'ec2:RevokeSecurityGroupIngress',
        'elasticloadbalancing:DeleteLoadBalancer',
        'elasticloadbalancing:DeleteTargetGroup',
        'elasticloadbalancing:ModifyLoadBalancerAttributes',
      ],
      resources: [...ec2(['network-interface', 'security-group', 'volume']), ...loadBalancers],
      conditions: { StringEquals: { [`aws:ResourceTag/${tag}`]: value } },
      reason: `Deletes what controllers in the cluster made and tagged ${tag}`,
      phases: teardown,
    })),
  ],
};
