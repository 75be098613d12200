import { randomUUID } from 'node:crypto';
import { arn } from '../account.ts';
import { addEntry } from './access-entries.ts';
import { type EksInput, type EksState, inUse, notFound, recordOf, type Shown, textOf } from './state.ts';
import { checkNodeVersion } from './versions.ts';

export const nodeGroupActions = {
  CreateNodegroup(eks: EksState, { parameters, body }: EksInput): Shown {
    const cluster = eks.cluster(parameters['cluster']);
    const name = textOf(body['nodegroupName']);
    if (cluster.nodeGroups.has(name))
      throw inUse(`NodeGroup already exists with name ${name} and cluster name ${cluster.name}`);
    const { clientRequestToken: _token, ...sent } = body;
    const version = body['version'] ?? cluster.shown['version'];
    checkNodeVersion(textOf(cluster.shown['version']), textOf(version));
    const nodegroup: Shown = {
      // A launch template brings its own disk, instance types and image.
      ...(body['launchTemplate'] === undefined
        ? { instanceTypes: ['t3.medium'], diskSize: 20, amiType: 'AL2023_x86_64_STANDARD' }
        : {}),
      capacityType: 'ON_DEMAND',
      updateConfig: { maxUnavailable: 1 },
      ...sent,
      clusterName: cluster.name,
      nodegroupArn: arn('eks', `nodegroup/${cluster.name}/${name}/${randomUUID()}`),
      version,
      releaseVersion: body['releaseVersion'] ?? newestRelease(textOf(version)),
      createdAt: eks.timestamp(),
      modifiedAt: eks.timestamp(),
      status: 'ACTIVE',
      health: { issues: [] },
      resources: { autoScalingGroups: [{ name: `eks-${name}-${randomUUID()}` }] },
      tags: body['tags'] ?? {},
    };
    cluster.nodeGroups.set(name, nodegroup);
    eks.serviceLinkedRoles.add('eks-nodegroup.amazonaws.com');
    // EKS lets the nodes of a managed group in by an access entry of its own.
    const nodeRole = textOf(body['nodeRole']);
    if (!cluster.accessEntries.has(nodeRole)) {
      addEntry(eks, cluster, {
        principalArn: nodeRole,
        type: 'EC2_LINUX',
        kubernetesGroups: ['system:nodes'],
        username: 'system:node:{{EC2PrivateDNSName}}',
      });
    }
    return { nodegroup };
  },

  DescribeNodegroup(eks: EksState, input: EksInput): Shown {
    const { cluster = '', nodegroup = '' } = input.parameters;
    const shown = groupOf(eks, input);
    return {
      nodegroup: { ...shown, ...(eks.updates.isRunning(cluster, { nodegroup }) ? { status: 'UPDATING' } : {}) },
    };
  },

  ListNodegroups: (eks: EksState, { parameters }: EksInput): Shown => ({
    nodegroups: [...eks.cluster(parameters['cluster']).nodeGroups.keys()],
  }),

  DeleteNodegroup(eks: EksState, input: EksInput): Shown {
    const nodegroup = groupOf(eks, input);
    const cluster = eks.cluster(input.parameters['cluster']);
    cluster.nodeGroups.delete(input.parameters['nodegroup'] ?? '');
    const role = textOf(nodegroup['nodeRole']);
    const stillUsed = [...cluster.nodeGroups.values()].some((group) => group['nodeRole'] === role);
    if (!stillUsed && cluster.accessEntries.get(role)?.shown['type'] === 'EC2_LINUX')
      cluster.accessEntries.delete(role);
    return { nodegroup: { ...nodegroup, status: 'DELETING' } };
  },

  UpdateNodegroupConfig(eks: EksState, input: EksInput): Shown {
    const group = groupOf(eks, input);
    const { clientRequestToken: _token, ...body } = input.body;
    const apply = (): void => {
      if (body['scalingConfig'] !== undefined)
        group['scalingConfig'] = { ...recordOf(group['scalingConfig']), ...recordOf(body['scalingConfig']) };
      if (body['updateConfig'] !== undefined) group['updateConfig'] = body['updateConfig'];
      if (body['labels'] !== undefined) group['labels'] = changedLabels(group['labels'], recordOf(body['labels']));
      if (body['taints'] !== undefined) group['taints'] = changedTaints(group['taints'], recordOf(body['taints']));
    };
    return { update: beginUpdate(eks, input, { type: 'ConfigUpdate', params: body, apply }) };
  },

  UpdateNodegroupVersion(eks: EksState, input: EksInput): Shown {
    const group = groupOf(eks, input);
    const { clientRequestToken: _token, ...body } = input.body;
    const clusterVersion = textOf(eks.cluster(input.parameters['cluster']).shown['version']);
    const version = textOf(body['version']) === '' ? clusterVersion : textOf(body['version']);
    checkNodeVersion(clusterVersion, version);
    const apply = (): void => {
      group['version'] = version;
      group['releaseVersion'] = body['releaseVersion'] ?? newestRelease(version);
      if (body['launchTemplate'] !== undefined)
        group['launchTemplate'] = { ...recordOf(group['launchTemplate']), ...recordOf(body['launchTemplate']) };
    };
    return { update: beginUpdate(eks, input, { type: 'VersionUpdate', params: body, apply }) };
  },
};

function beginUpdate(
  eks: EksState,
  { parameters }: EksInput,
  change: { type: string; params: Shown; apply: () => void },
): Shown {
  const target = { nodegroup: parameters['nodegroup'] ?? '' };
  return eks.updates.begin(eks, eks.cluster(parameters['cluster']), { ...change, target });
}

function newestRelease(version: string): string {
  return `${version}.0-20260101`;
}

function groupOf(eks: EksState, { parameters }: EksInput): Shown {
  const found = eks.cluster(parameters['cluster']).nodeGroups.get(parameters['nodegroup'] ?? '');
  if (found === undefined) throw notFound(`No node group found for name: ${parameters['nodegroup']}.`);
  return found;
}

function changedLabels(old: unknown, change: Shown): Shown {
  const labels = { ...recordOf(old), ...recordOf(change['addOrUpdateLabels']) };
  for (const name of Array.isArray(change['removeLabels']) ? change['removeLabels'] : []) delete labels[String(name)];
  return labels;
}

function changedTaints(old: unknown, change: Shown): Shown[] {
  const key = (taint: Shown): string => `${textOf(taint['key'])}/${textOf(taint['effect'])}`;
  const list = (value: unknown): Shown[] => (Array.isArray(value) ? value.map(recordOf) : []);
  const taints = new Map(list(old).map((taint) => [key(taint), taint]));
  for (const taint of list(change['removeTaints'])) taints.delete(key(taint));
  for (const taint of list(change['addOrUpdateTaints'])) taints.set(key(taint), taint);
  return [...taints.values()];
}
