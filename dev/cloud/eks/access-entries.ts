import { randomUUID } from 'node:crypto';
import { accountId, arn, region } from '../account.ts';
import { entryPath } from '../calls/entry-path.ts';
import {
  type AccessEntry,
  type ClusterState,
  type EksInput,
  type EksState,
  inUse,
  listOf,
  notFound,
  type Shown,
  textOf,
} from './state.ts';

export const accessEntryActions = {
  CreateAccessEntry(eks: EksState, { parameters, body }: EksInput): Shown {
    const cluster = eks.cluster(parameters['cluster']);
    const principal = textOf(body['principalArn']);
    if (cluster.accessEntries.has(principal))
      throw inUse('The specified access entry resource is already in use on this cluster.');
    return { accessEntry: addEntry(eks, cluster, body).shown };
  },

  DescribeAccessEntry: (eks: EksState, input: EksInput): Shown => ({ accessEntry: entryOf(eks, input).shown }),

  ListAccessEntries(eks: EksState, { parameters, query }: EksInput): Shown {
    const wanted = query.get('associatedPolicyArn');
    const entries = [...eks.cluster(parameters['cluster']).accessEntries];
    return {
      accessEntries: entries.filter(([, entry]) => wanted === null || entry.policies.has(wanted)).map(([name]) => name),
    };
  },

  UpdateAccessEntry(eks: EksState, input: EksInput): Shown {
    const entry = entryOf(eks, input);
    if (input.body['kubernetesGroups'] !== undefined) entry.groups = listOf(input.body['kubernetesGroups']);
    if (typeof input.body['username'] === 'string') entry.userName = input.body['username'];
    Object.assign(entry.shown, {
      kubernetesGroups: entry.groups,
      username: entry.userName,
      modifiedAt: eks.timestamp(),
    });
    return { accessEntry: entry.shown };
  },

  DeleteAccessEntry(eks: EksState, input: EksInput): Shown {
    entryOf(eks, input);
    eks.cluster(input.parameters['cluster']).accessEntries.delete(input.parameters['principal'] ?? '');
    return {};
  },

  AssociateAccessPolicy(eks: EksState, input: EksInput): Shown {
    const entry = entryOf(eks, input);
    const policyArn = textOf(input.body['policyArn']);
    const now = eks.timestamp();
    const associated = { policyArn, accessScope: input.body['accessScope'], associatedAt: now, modifiedAt: now };
    entry.policies.set(policyArn, associated);
    return { ...named(input), associatedAccessPolicy: associated };
  },

  DisassociateAccessPolicy(eks: EksState, input: EksInput): Shown {
    const entry = entryOf(eks, input);
    if (!entry.policies.delete(input.parameters['policy'] ?? '')) throw notFound('No associated access policy found.');
    return {};
  },

  ListAssociatedAccessPolicies: (eks: EksState, input: EksInput): Shown => ({
    ...named(input),
    associatedAccessPolicies: [...entryOf(eks, input).policies.values()],
  }),

  ListAccessPolicies: (): Shown => ({
    accessPolicies: [
      'AmazonEKSClusterAdminPolicy',
      'AmazonEKSAdminPolicy',
      'AmazonEKSEditPolicy',
      'AmazonEKSViewPolicy',
    ].map((name) => ({ name, arn: `arn:aws:eks::aws:cluster-access-policy/${name}` })),
  }),
};

export function addEntry(eks: EksState, cluster: ClusterState, body: Shown): AccessEntry {
  const principalArn = textOf(body['principalArn']);
  const groups = listOf(body['kubernetesGroups']);
  const userName = textOf(body['username']) === '' ? defaultUserName(principalArn) : textOf(body['username']);
  const shown = {
    clusterName: cluster.name,
    principalArn,
    kubernetesGroups: groups,
    accessEntryArn: arn('eks', `access-entry/${cluster.name}/${entryPath(principalArn)}/${randomUUID()}`, { region }),
    createdAt: eks.timestamp(),
    modifiedAt: eks.timestamp(),
    tags: body['tags'] ?? {},
    username: userName,
    type: body['type'] ?? 'STANDARD',
  };
  const entry: AccessEntry = { shown, groups, userName, policies: new Map() };
  cluster.accessEntries.set(principalArn, entry);
  return entry;
}

function defaultUserName(principalArn: string): string {
  const role = /:role\/(?:.*\/)?([^/]+)$/.exec(principalArn)?.[1];
  return role === undefined ? principalArn : `arn:aws:sts::${accountId}:assumed-role/${role}/{{SessionName}}`;
}

function entryOf(eks: EksState, { parameters }: EksInput): AccessEntry {
  const entry = eks.cluster(parameters['cluster']).accessEntries.get(parameters['principal'] ?? '');
  if (entry === undefined) throw notFound(`The specified principalArn could not be found: ${parameters['principal']}`);
  return entry;
}

function named({ parameters }: EksInput): Shown {
  return { clusterName: parameters['cluster'], principalArn: parameters['principal'] };
}
