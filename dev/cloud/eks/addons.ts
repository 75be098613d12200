import { randomUUID } from 'node:crypto';
import { arn } from '../account.ts';
import { type EksInput, type EksState, inUse, notFound, type Shown, textOf } from './state.ts';

/** The add-ons one can ask for, each with one version per Kubernetes minor. */
const knownAddons = [
  'vpc-cni',
  'coredns',
  'kube-proxy',
  'eks-pod-identity-agent',
  'aws-ebs-csi-driver',
  'metrics-server',
];

export const addonActions = {
  CreateAddon(eks: EksState, { parameters, body }: EksInput): Shown {
    const cluster = eks.cluster(parameters['cluster']);
    const name = textOf(body['addonName']);
    if (!knownAddons.includes(name)) throw notFound(`Addon ${name} is not supported by this stand-in.`);
    if (cluster.addons.has(name)) throw inUse(`Addon already exists.`);
    const { clientRequestToken: _token, resolveConflicts: _conflicts, ...sent } = body;
    const addon: Shown = {
      ...sent,
      clusterName: cluster.name,
      addonVersion: body['addonVersion'] ?? versionOf(textOf(cluster.shown['version'])),
      addonArn: arn('eks', `addon/${cluster.name}/${name}/${randomUUID()}`),
      status: 'ACTIVE',
      health: { issues: [] },
      createdAt: eks.timestamp(),
      modifiedAt: eks.timestamp(),
      tags: body['tags'] ?? {},
    };
    cluster.addons.set(name, addon);
    return { addon };
  },

  DescribeAddon: (eks: EksState, input: EksInput): Shown => ({ addon: addonOf(eks, input) }),

  ListAddons: (eks: EksState, { parameters }: EksInput): Shown => ({
    addons: [...eks.cluster(parameters['cluster']).addons.keys()],
  }),

  DeleteAddon(eks: EksState, input: EksInput): Shown {
    const addon = addonOf(eks, input);
    eks.cluster(input.parameters['cluster']).addons.delete(input.parameters['addon'] ?? '');
    return { addon: { ...addon, status: 'DELETING' } };
  },

  UpdateAddon(eks: EksState, input: EksInput): Shown {
    const { clientRequestToken: _token, resolveConflicts: _conflicts, ...changes } = input.body;
    const addon = addonOf(eks, input);
    const cluster = eks.cluster(input.parameters['cluster']);
    const apply = (): void => {
      Object.assign(addon, changes, { modifiedAt: eks.timestamp() });
    };
    const target = { addon: textOf(addon['addonName']) };
    return { update: eks.updates.begin(eks, cluster, { type: 'AddonUpdate', params: changes, target, apply }) };
  },

  DescribeAddonVersions(_eks: EksState, { query }: EksInput): Shown {
    const name = query.get('addonName');
    const version = query.get('kubernetesVersion') ?? '1.34';
    const addons = knownAddons.filter((known) => name === null || known === name);
    return {
      addons: addons.map((addonName) => ({
        addonName,
        type: 'networking',
        owner: 'aws',
        publisher: 'eks',
        addonVersions: [
          {
            addonVersion: versionOf(version),
            architecture: ['amd64', 'arm64'],
            compatibilities: [{ clusterVersion: version, platformVersions: ['*'], defaultVersion: true }],
            requiresConfiguration: false,
            requiresIamPermissions: false,
          },
        ],
      })),
    };
  },

  DescribeAddonConfiguration: (_eks: EksState, { query }: EksInput): Shown => ({
    addonName: query.get('addonName'),
    addonVersion: query.get('addonVersion'),
    configurationSchema: '{}',
  }),
};

function versionOf(kubernetes: string): string {
  return `v${kubernetes}.0-eksbuild.1`;
}

function addonOf(eks: EksState, { parameters }: EksInput): Shown {
  const found = eks.cluster(parameters['cluster']).addons.get(parameters['addon'] ?? '');
  if (found === undefined)
    throw notFound(`No addon: ${parameters['addon']} found in cluster: ${parameters['cluster']}`);
  return found;
}
