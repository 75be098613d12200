import { arn } from '../arns.ts';
import { baseReads, clusterResources } from './base-reads.ts';
import { nodesFromTheTemplate } from './launch-template.ts';
import { baseState, onlyOurs, taggedAsOurs } from './shared-statements.ts';
import type { Statement } from '../statement.ts';

const upgrade = ['upgrade'] as const;

/** Narrower than the install role: changes what is there, adds an endpoint or a repository, deletes nothing. */
export const upgradePolicies: Readonly<Record<string, readonly Statement[]>> = {
  'upgrade-read': baseReads(upgrade),
  'upgrade-state': baseState(upgrade),
  'upgrade-base': [
    {
      sid: 'UpgradeCluster',
      effect: 'Allow',
      actions: [
        'eks:ListUpdates',
        'eks:TagResource',
        'eks:UpdateAddon',
        'eks:UpdateClusterConfig',
        'eks:UpdateClusterVersion',
        'eks:UpdateNodegroupConfig',
        'eks:UpdateNodegroupVersion',
      ],
      resources: clusterResources,
      reason: 'Moves the cluster, its add-ons and its node groups to the version of the release',
      phases: upgrade,
    },
    {
      sid: 'NewTemplateVersion',
      effect: 'Allow',
      actions: ['ec2:CreateLaunchTemplateVersion', 'ec2:ModifyLaunchTemplate'],
      resources: [arn('ec2', 'launch-template/*')],
      conditions: onlyOurs,
      reason: 'A new node image comes as a new version of the launch template of this install',
      phases: upgrade,
    },
    ...nodesFromTheTemplate(upgrade),
    {
      sid: 'NewEndpoint',
      effect: 'Allow',
      actions: ['ec2:CreateVpcEndpoint'],
      resources: [arn('ec2', 'vpc-endpoint/*')],
      conditions: taggedAsOurs,
      reason: 'A release may need a private way to one more AWS service',
      phases: upgrade,
    },
    {
      sid: 'EndpointInOwnNetwork',
      effect: 'Allow',
      actions: ['ec2:CreateVpcEndpoint', 'ec2:ModifyVpcEndpoint'],
      resources: ['vpc', 'subnet', 'route-table', 'security-group', 'vpc-endpoint'].map((kind) =>
        arn('ec2', `${kind}/*`),
      ),
      conditions: onlyOurs,
      reason: 'The endpoint is put into the VPC of this install: only into what carries its tag',
      phases: upgrade,
    },
    {
      sid: 'TagNewEndpoint',
      effect: 'Allow',
      actions: ['ec2:CreateTags'],
      resources: [arn('ec2', 'vpc-endpoint/*')],
      conditions: { StringEquals: { 'ec2:CreateAction': 'CreateVpcEndpoint' } },
      reason: 'Tags are set while the endpoint is made, never on what exists already',
      phases: upgrade,
    },
    {
      sid: 'NewRepositories',
      effect: 'Allow',
      actions: ['ecr:CreateRepository', 'ecr:TagResource'],
      resources: [arn('ecr', 'repository/${prefix}/*')],
      reason: 'A release may bring a repository of the base layer',
      phases: upgrade,
    },
    {
      sid: 'ApprovedDeletion',
      effect: 'Allow',
      actions: ['ecr:DeleteRepository'],
      resources: [arn('ecr', 'repository/${prefix}/*')],
      reason:
        'A repository goes only with a plan that the customer approved; networks and clusters this role cannot delete',
      phases: upgrade,
    },
    {
      sid: 'InstallEntryGone',
      effect: 'Allow',
      actions: ['eks:DeleteAccessEntry', 'eks:DisassociateAccessPolicy'],
      resources: [arn('eks', 'access-entry/${cluster}/role/${account}/${prefix}-install/*')],
      reason: "The base layer is applied with the install role's entry closed, should it still be there",
      phases: upgrade,
    },
  ],
};
