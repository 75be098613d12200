import { randomBytes } from 'node:crypto';
import { arn } from '../account.ts';
import { addEntry } from './access-entries.ts';
import {
  type ClusterState,
  type EksInput,
  type EksState,
  inUse,
  listOf,
  recordOf,
  type Shown,
  textOf,
} from './state.ts';
import { checkOffered, checkUpgrade, defaultVersion } from './versions.ts';

export const clusterActions = {
  async CreateCluster(eks: EksState, { body, callerArn }: EksInput): Promise<Shown> {
    const name = textOf(body['name']);
    if (eks.clusters.has(name)) throw inUse(`Cluster already exists with name: ${name}`);
    if (body['version'] !== undefined) checkOffered(textOf(body['version']));
    const state: ClusterState = {
      name,
      shown: await newCluster(eks, name, body),
      nodeGroups: new Map(),
      accessEntries: new Map(),
      associations: new Map(),
      addons: new Map(),
      updates: new Map(),
      identityProviders: new Map(),
    };
    eks.clusters.set(name, state);
    eks.serviceLinkedRoles.add('eks.amazonaws.com');
    if (recordOf(body['accessConfig'])['bootstrapClusterCreatorAdminPermissions'] !== false) {
      const entry = addEntry(eks, state, { principalArn: callerArn });
      entry.policies.set(clusterAdminPolicy, {
        policyArn: clusterAdminPolicy,
        accessScope: { type: 'cluster', namespaces: [] },
        associatedAt: eks.timestamp(),
        modifiedAt: eks.timestamp(),
      });
    }
    letAutoNodesIn(eks, state);
    return { cluster: showCluster(eks, state) };
  },

  DescribeCluster: (eks: EksState, { parameters }: EksInput): Shown => ({
    cluster: showCluster(eks, eks.cluster(parameters['cluster'])),
  }),

  ListClusters: (eks: EksState): Shown => ({ clusters: [...eks.clusters.keys()] }),

  async DeleteCluster(eks: EksState, { parameters }: EksInput): Promise<Shown> {
    const cluster = eks.cluster(parameters['cluster']);
    if (cluster.nodeGroups.size > 0) throw inUse('Cluster has nodegroups attached');
    eks.clusters.delete(cluster.name);
    await eks.network.deleteClusterGroup(
      textOf(recordOf(cluster.shown['resourcesVpcConfig'])['clusterSecurityGroupId']),
    );
    return { cluster: { ...showCluster(eks, cluster), status: 'DELETING' } };
  },

  UpdateClusterConfig(eks: EksState, { parameters, body }: EksInput): Shown {
    const cluster = eks.cluster(parameters['cluster']);
    const { clientRequestToken: _token, name: _name, ...changes } = body;
    const apply = (): void => {
      for (const [key, value] of Object.entries(changes)) {
        const old = cluster.shown[key];
        cluster.shown[key] = key === 'logging' ? shownLogging(value) : { ...recordOf(old), ...recordOf(value) };
      }
      letAutoNodesIn(eks, cluster);
    };
    return { update: eks.updates.begin(eks, cluster, { type: 'ConfigUpdate', params: changes, apply }) };
  },

  UpdateClusterVersion(eks: EksState, { parameters, body }: EksInput): Shown {
    const cluster = eks.cluster(parameters['cluster']);
    const version = textOf(body['version']);
    checkUpgrade(textOf(cluster.shown['version']), version);
    const apply = (): void => {
      cluster.shown['version'] = version;
    };
    const params = { Version: version };
    return { update: eks.updates.begin(eks, cluster, { type: 'VersionUpdate', params, apply }) };
  },
};

export const clusterAdminPolicy = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy';
const logTypes = ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'];

async function newCluster(eks: EksState, name: string, body: Shown): Promise<Shown> {
  const vpc = recordOf(body['resourcesVpcConfig']);
  const subnetIds = listOf(vpc['subnetIds']);
  const vpcId = await eks.network.vpcOf(subnetIds[0] ?? '');
  const { clientRequestToken: _token, bootstrapSelfManagedAddons: _addons, ...sent } = body;
  const network = recordOf(body['kubernetesNetworkConfig']);
  return {
    ...sent,
    arn: arn('eks', `cluster/${name}`),
    createdAt: eks.timestamp(),
    version: body['version'] ?? defaultVersion,
    platformVersion: 'eks.1',
    health: { issues: [] },
    resourcesVpcConfig: {
      endpointPublicAccess: true,
      endpointPrivateAccess: false,
      publicAccessCidrs: ['0.0.0.0/0'],
      securityGroupIds: [],
      ...vpc,
      subnetIds,
      vpcId,
      clusterSecurityGroupId: await eks.network.createClusterGroup(name, vpcId),
    },
    kubernetesNetworkConfig: {
      serviceIpv4Cidr: '172.20.0.0/16',
      ipFamily: 'ipv4',
      ...network,
      elasticLoadBalancing: network['elasticLoadBalancing'] ?? { enabled: false },
    },
    accessConfig: {
      bootstrapClusterCreatorAdminPermissions: true,
      authenticationMode: 'CONFIG_MAP',
      ...recordOf(body['accessConfig']),
    },
    logging: shownLogging(body['logging']),
    upgradePolicy: { supportType: 'EXTENDED', ...recordOf(body['upgradePolicy']) },
    tags: body['tags'] ?? {},
    ownIssuer: `https://oidc.eks.eu-central-1.amazonaws.com/id/${randomBytes(16).toString('hex').toUpperCase()}`,
  };
}

/** Auto Mode's nodes come in by an entry that EKS makes for their role. */
function letAutoNodesIn(eks: EksState, cluster: ClusterState): void {
  const nodeRole = textOf(recordOf(cluster.shown['computeConfig'])['nodeRoleArn']);
  if (nodeRole === '' || cluster.accessEntries.has(nodeRole)) return;
  const entry = addEntry(eks, cluster, {
    principalArn: nodeRole,
    type: 'EC2',
    kubernetesGroups: ['system:nodes'],
    username: 'system:node:{{EC2PrivateDNSName}}',
  });
  const now = eks.timestamp();
  const policyArn = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy';
  const accessScope = { type: 'cluster', namespaces: [] };
  entry.policies.set(policyArn, { policyArn, accessScope, associatedAt: now, modifiedAt: now });
}

/** EKS lists the enabled types and, apart, the disabled ones. */
function shownLogging(value: unknown): Shown {
  const entries = recordOf(value)['clusterLogging'];
  const enabled = new Set<string>();
  for (const entry of Array.isArray(entries) ? entries.map(recordOf) : []) {
    if (entry['enabled'] === true) for (const type of listOf(entry['types'])) enabled.add(type);
  }
  const lists = [
    { types: logTypes.filter((type) => enabled.has(type)), enabled: true },
    { types: logTypes.filter((type) => !enabled.has(type)), enabled: false },
  ];
  return { clusterLogging: lists.filter((list) => list.types.length > 0) };
}

/** A cluster is ACTIVE as soon as a real one is attached; endpoint, CA and issuer are the real one's. */
function showCluster(eks: EksState, cluster: ClusterState): Shown {
  const { ownIssuer, ...shown } = cluster.shown;
  const real = eks.attachedTo(cluster);
  if (real === undefined) return { ...shown, status: 'CREATING', identity: { oidc: { issuer: ownIssuer } } };
  return {
    ...shown,
    status: eks.updates.isRunning(cluster.name) ? 'UPDATING' : 'ACTIVE',
    endpoint: real.endpoint,
    certificateAuthority: { data: Buffer.from(real.caPem).toString('base64') },
    identity: { oidc: { issuer: real.issuer } },
  };
}
