/* oxlint-disable no-new -- a construct adds itself to its scope */
import { EksNodeGroup } from '@cdktf/provider-aws/lib/eks-node-group/index.js';
import { LaunchTemplate } from '@cdktf/provider-aws/lib/launch-template/index.js';
import type { TerraformStack } from 'cdktf';
import { graviton } from './node-architecture.ts';
import { after, called, forEach, list, map, named, number, text } from '../expressions.ts';

export const nodeLocals = {
  node_groups: 'local.groups ? var.node_groups : {}',
  node_images: `{ for name, group in local.node_groups : name => can(regex("${graviton}", group.instance_type)) ? "BOTTLEROCKET_ARM_64" : "BOTTLEROCKET_x86_64" }`,
  node_releases:
    '{ for name, group in local.node_groups : name => group.release_version == "" ? (var.node_image_version == "" ? null : var.node_image_version) : group.release_version }',
  instance_tags: 'merge(local.tags, { Name = "${local.prefix}-node" })',
} as const;

/** Managed node groups of a fixed size with AWS's Bottlerocket, one after the other replaced when anything about them changes. */
export function addNodeGroups(stack: TerraformStack): void {
  const disk = (deviceName: string, size: { volumeSize?: number }): object => ({
    deviceName,
    ebs: { encrypted: 'true', volumeType: 'gp3', deleteOnTermination: 'true', ...size },
  });
  const template = new LaunchTemplate(stack, 'node-template', {
    name: '${local.prefix}-${each.key}',
    updateDefaultVersion: true,
    // Only the node itself reads its role's credentials: one hop more would be a pod.
    metadataOptions: { httpEndpoint: 'enabled', httpTokens: 'required', httpPutResponseHopLimit: 1 },
    blockDeviceMappings: [disk('/dev/xvda', {}), disk('/dev/xvdb', { volumeSize: number('each.value.disk_gib') })],
    // The provider's default tags do not reach what a template starts.
    tagSpecifications: ['instance', 'volume', 'network-interface'].map((resourceType) => ({
      resourceType,
      tags: map('local.instance_tags'),
    })),
    ...named('${each.key}'),
  });
  // A wish to the provider, no property of the template: one that is taken into a state would be changed for it.
  template.addOverride('lifecycle.ignore_changes', ['update_default_version']);
  forEach('local.node_groups', called('nodes', template));

  const group = new EksNodeGroup(stack, 'node-group', {
    clusterName: text('aws_eks_cluster.cluster[0].name'),
    nodeGroupName: '${local.prefix}-${each.key}',
    nodeRoleArn: text('local.role_arns.node'),
    subnetIds: list('local.private_subnet_ids'),
    amiType: text('local.node_images[each.key]'),
    version: text('var.kubernetes_version'),
    releaseVersion: text('local.node_releases[each.key]'),
    instanceTypes: list('[each.value.instance_type]'),
    launchTemplate: {
      id: text('aws_launch_template.nodes[each.key].id'),
      version: text('aws_launch_template.nodes[each.key].latest_version'),
    },
    scalingConfig: {
      minSize: number('each.value.size'),
      desiredSize: number('each.value.size'),
      maxSize: number('each.value.size + 1'),
    },
    updateConfig: { maxUnavailable: 1 },
    ...named('${each.key}'),
    // Nodes join by these, and by nothing else.
    ...after('aws_route.private', 'aws_vpc_endpoint.endpoint', 'aws_vpc_endpoint.s3', 'aws_eks_addon.addon'),
  });
  forEach('local.node_groups', called('nodes', group));
}
