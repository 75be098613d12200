import * as z from 'zod';
import type { JsonObject } from '../../contract/index.ts';
import { baseModuleVariables, nodeArchitecture } from '../../stacks/index.ts';
import type { BaseFacts } from './base-facts.ts';
import { type Call, call, type Step, taggedAs } from './step.ts';

/** The module's own default. */
const defaultVersion = z.string().parse(baseModuleVariables['kubernetes_version']?.default);
/** As the module has them: the first three before there are nodes, the others on nodes. */
const addOnsBeforeNodes = ['eks-pod-identity-agent', 'kube-proxy', 'vpc-cni'];
const addOnsOnNodes = ['aws-ebs-csi-driver', 'coredns'];

export function clusterSteps(facts: BaseFacts): Step[] {
  const { inputs, names, tags } = facts;
  const cluster = names.cluster;
  const auto = inputs.nodeProfile === 'auto';
  const addOn = (addonName: string): Call =>
    call('eks', 'CreateAddon', { clusterName: cluster, addonName, tags: tags() });
  return [
    {
      title: 'Cluster',
      why: 'Its API private, its secrets under your key, all of its logs kept; nobody may enter it for having made it.',
      calls: [
        call('logs', 'CreateLogGroup', { logGroupName: names.logGroup, tags: tags() }),
        call('logs', 'PutRetentionPolicy', { logGroupName: names.logGroup, retentionInDays: 90 }),
        call('eks', 'CreateCluster', createCluster(facts), {
          wait: { waiter: 'cluster-active', input: { name: cluster } },
        }),
      ],
    },
    ...(auto
      ? []
      : [
          {
            title: 'Add-ons before the nodes',
            why: 'Network, addresses and identity of pods.',
            calls: addOnsBeforeNodes.map(addOn),
          },
          {
            title: 'Nodes',
            why: 'Groups of a fixed size with AWS’s Bottlerocket; no pod reads the role of its node.',
            calls: inputs.nodeGroups.flatMap((group) => nodeCalls(facts, group)),
          },
          { title: 'Add-ons on the nodes', why: 'Names and volumes for pods.', calls: addOnsOnNodes.map(addOn) },
        ]),
  ];
}

function createCluster({ inputs, names, tags, roleArn, clusterKey }: BaseFacts): JsonObject {
  const subnets = inputs.vpc?.privateSubnetIds ?? inputs.zones.map((zone) => `\${PRIVATE_${zone.toUpperCase()}}`);
  const fromOutside = inputs.publicEndpointCidrs.length > 0;
  return {
    name: names.cluster,
    version: inputs.kubernetesVersion ?? defaultVersion,
    roleArn: roleArn('cluster'),
    bootstrapSelfManagedAddons: false,
    accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: false },
    encryptionConfig: [{ resources: ['secrets'], provider: { keyArn: clusterKey } }],
    logging: {
      clusterLogging: [{ enabled: true, types: ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'] }],
    },
    resourcesVpcConfig: {
      subnetIds: subnets,
      endpointPrivateAccess: true,
      endpointPublicAccess: fromOutside,
      ...(fromOutside ? { publicAccessCidrs: inputs.publicEndpointCidrs } : {}),
    },
    ...(inputs.nodeProfile === 'auto'
      ? {
          computeConfig: { enabled: true, nodePools: ['system'], nodeRoleArn: roleArn('node') },
          kubernetesNetworkConfig: { elasticLoadBalancing: { enabled: true } },
          storageConfig: { blockStorage: { enabled: true } },
        }
      : {}),
    tags: tags(),
  };
}

function nodeCalls(
  { inputs, names, tags, roleArn }: BaseFacts,
  group: BaseFacts['inputs']['nodeGroups'][number],
): Call[] {
  const subnets = inputs.vpc?.privateSubnetIds ?? inputs.zones.map((zone) => `\${PRIVATE_${zone.toUpperCase()}}`);
  const remembered = `TEMPLATE_${group.name.replaceAll('-', '_').toUpperCase()}`;
  const instanceTags = Object.entries(tags('node')).map(([Key, Value]) => ({ Key, Value }));
  const disk = (DeviceName: string, size: JsonObject): JsonObject => ({
    DeviceName,
    Ebs: { Encrypted: true, VolumeType: 'gp3', DeleteOnTermination: true, ...size },
  });
  const version = group.releaseVersion === '' ? inputs.nodeImageVersion : group.releaseVersion;
  const arm = nodeArchitecture(group.instanceType) === 'arm64';
  return [
    call(
      'ec2',
      'CreateLaunchTemplate',
      {
        LaunchTemplateName: `${names.prefix}-${group.name}`,
        LaunchTemplateData: {
          MetadataOptions: { HttpEndpoint: 'enabled', HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
          BlockDeviceMappings: [disk('/dev/xvda', {}), disk('/dev/xvdb', { VolumeSize: group.diskGib })],
          TagSpecifications: ['instance', 'volume', 'network-interface'].map((ResourceType) => ({
            ResourceType,
            Tags: instanceTags,
          })),
        },
        ...taggedAs('launch-template', tags(group.name)),
      },
      { remember: { name: remembered, path: 'LaunchTemplate.LaunchTemplateId' } },
    ),
    call(
      'eks',
      'CreateNodegroup',
      {
        clusterName: names.cluster,
        nodegroupName: `${names.prefix}-${group.name}`,
        nodeRole: roleArn('node'),
        subnets,
        amiType: arm ? 'BOTTLEROCKET_ARM_64' : 'BOTTLEROCKET_x86_64',
        version: inputs.kubernetesVersion ?? defaultVersion,
        ...(version === undefined ? {} : { releaseVersion: version }),
        instanceTypes: [group.instanceType],
        launchTemplate: { id: `\${${remembered}}`, version: '1' },
        scalingConfig: { minSize: group.size, desiredSize: group.size, maxSize: group.size + 1 },
        updateConfig: { maxUnavailable: 1 },
        tags: tags(group.name),
      },
      {
        wait: {
          waiter: 'nodegroup-active',
          input: { clusterName: names.cluster, nodegroupName: `${names.prefix}-${group.name}` },
        },
      },
    ),
  ];
}
