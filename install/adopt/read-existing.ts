import {
  type EC2Client,
  paginateDescribeRouteTables,
  paginateDescribeSecurityGroupRules,
  type RouteTable,
} from '@aws-sdk/client-ec2';
import {
  DescribeClusterCommand,
  DescribeNodegroupCommand,
  type EKSClient,
  paginateListAccessEntries,
  DescribePodIdentityAssociationCommand,
  paginateListAddons,
  paginateListAssociatedAccessPolicies,
  paginateListNodegroups,
  paginateListPodIdentityAssociations,
} from '@aws-sdk/client-eks';
import * as z from 'zod';
import { parseJson } from '../../contract/index.ts';
import { refusalOf } from '../aws-error.ts';
import type { InstallContext } from '../context.ts';
import type { AccountClients } from '../teardown/account-clients.ts';
import { findByEc2Tag } from '../teardown/ec2-by-tag.ts';
import { findRepositories } from '../teardown/registry.ts';
import type { installNames } from '../../stacks/index.ts';
import type { Existing } from './import-id.ts';

export type ReadRequest = {
  context: InstallContext;
  clients: AccountClients;
  names: ReturnType<typeof installNames>;
  installId: string;
  accountId: string;
  /** The cluster is made by this install, and by no other. */
  ownsCluster: boolean;
};

const tagKey = 'landfall:install';
const betweenLooksMs = 10_000;

/** What the account shows of this install, by tag and by name. What is being made at this moment is waited for. */
export async function readExisting(request: ReadRequest): Promise<Existing> {
  const { clients, names, installId, accountId } = request;
  const named = new Set<string>();
  const identities = new Map<string, string>();
  const tagged = await findByEc2Tag(clients.ec2, tagKey, installId);
  const tables = tagged.filter(({ kind }) => kind === 'route-table').map(({ id }) => id);
  const groups = tagged.filter(({ kind }) => kind === 'security-group').map(({ id }) => id);
  await readCluster(request, named, identities);
  const prefix = names.prefix;
  for (const { name } of await findRepositories(clients.ecr, prefix)) named.add(`aws_ecr_repository ${name}`);
  for (const name of await logGroups(request, [names.logGroup, names.flowLogGroup])) {
    named.add(`aws_cloudwatch_log_group ${name}`);
  }
  return {
    tagged,
    ...(await relations(clients.ec2, tables)),
    rules: await rulesOf(clients.ec2, groups),
    named,
    identities,
    accountId,
  };
}

/** Nothing at all: then there is nothing to adopt, and a plan need not be read. */
export function isEmpty({ tagged, named, identities }: Existing): boolean {
  return tagged.length === 0 && named.size === 0 && identities.size === 0;
}

async function relations(ec2: EC2Client, ids: string[]): Promise<Pick<Existing, 'routes' | 'associations'>> {
  if (ids.length === 0) return { routes: [], associations: [] };
  const tables: RouteTable[] = [];
  for await (const page of paginateDescribeRouteTables({ client: ec2 }, { RouteTableIds: ids })) {
    tables.push(...(page.RouteTables ?? []));
  }
  return {
    routes: tables.flatMap(({ RouteTableId: tableId = '', Routes = [] }) =>
      Routes.flatMap(({ DestinationCidrBlock: cidr }) => (cidr === undefined ? [] : [{ tableId, cidr }])),
    ),
    associations: tables.flatMap(({ RouteTableId: tableId = '', Associations = [] }) =>
      Associations.flatMap(({ SubnetId: subnetId }) => (subnetId === undefined ? [] : [{ subnetId, tableId }])),
    ),
  };
}

async function rulesOf(ec2: EC2Client, groups: string[]): Promise<Existing['rules']> {
  if (groups.length === 0) return [];
  const found: { ruleId: string; groupId: string }[] = [];
  const filter = { Filters: [{ Name: 'group-id', Values: groups }] };
  for await (const { SecurityGroupRules = [] } of paginateDescribeSecurityGroupRules({ client: ec2 }, filter)) {
    for (const { SecurityGroupRuleId: ruleId = '', GroupId: groupId = '', IsEgress } of SecurityGroupRules) {
      if (IsEgress !== true) found.push({ ruleId, groupId });
    }
  }
  return found;
}

async function readCluster(request: ReadRequest, named: Set<string>, identities: Map<string, string>): Promise<void> {
  const { clients, names, installId, ownsCluster } = request;
  const { eks } = clients;
  const name = names.cluster;
  const found = await settled(request, 'cluster', name, async () => {
    const { cluster } = await eks.send(new DescribeClusterCommand({ name }));
    return { status: cluster?.status, tags: cluster?.tags ?? {} };
  });
  if (found === undefined) return;
  if (ownsCluster && found.tags[tagKey] !== installId) return;
  const page = { clusterName: name };
  if (ownsCluster) named.add(`aws_eks_cluster ${name}`);
  for await (const { addons = [] } of paginateListAddons({ client: eks }, page)) {
    for (const addon of addons) named.add(`aws_eks_addon ${name}:${addon}`);
  }
  for await (const { nodegroups = [] } of paginateListNodegroups({ client: eks }, page)) {
    for (const group of nodegroups) {
      named.add(`aws_eks_node_group ${name}:${group}`);
      await settled(request, 'node group', group, async () => {
        const ask = new DescribeNodegroupCommand({ ...page, nodegroupName: group });
        return { status: (await eks.send(ask)).nodegroup?.status };
      });
    }
  }
  await readAccess(eks, name, named);
  for await (const { associations = [] } of paginateListPodIdentityAssociations({ client: eks }, page)) {
    for (const { namespace, serviceAccount, associationId } of associations) {
      // In the customer's cluster it may be another install's: taken in here, it would be deleted with this one.
      if (!ownsCluster && !(await isTaggedOurs(eks, name, associationId, installId))) continue;
      identities.set(`${namespace}/${serviceAccount}`, associationId ?? '');
    }
  }
}

async function isTaggedOurs(
  eks: EKSClient,
  clusterName: string,
  associationId: string | undefined,
  installId: string,
): Promise<boolean> {
  const { association } = await eks.send(new DescribePodIdentityAssociationCommand({ clusterName, associationId }));
  return association?.tags?.[tagKey] === installId;
}

async function readAccess(eks: EKSClient, clusterName: string, named: Set<string>): Promise<void> {
  for await (const { accessEntries = [] } of paginateListAccessEntries({ client: eks }, { clusterName })) {
    for (const principalArn of accessEntries) {
      named.add(`aws_eks_access_entry ${clusterName}:${principalArn}`);
      const entry = { clusterName, principalArn };
      for await (const page of paginateListAssociatedAccessPolicies({ client: eks }, entry)) {
        for (const { policyArn } of page.associatedAccessPolicies ?? []) {
          named.add(`aws_eks_access_policy_association ${clusterName}#${principalArn}#${policyArn}`);
        }
      }
    }
  }
}

/** Undefined: it does not exist. What AWS is still making or changing is waited for: nothing can be built on it before. */
async function settled<T extends { status: string | undefined }>(
  { context }: ReadRequest,
  what: string,
  name: string,
  look: () => Promise<T>,
): Promise<T | undefined> {
  for (;;) {
    try {
      const found = await look();
      if (found.status !== 'CREATING' && found.status !== 'UPDATING') return found;
      const text = `${what} ${name} is ${found.status} at AWS: waiting for it`;
      context.say({ step: 'base', state: 'progress', text });
    } catch (error) {
      if (refusalOf(error)?.name === 'ResourceNotFoundException') return undefined;
      throw error;
    }
    await context.clock.sleep(betweenLooksMs, context.signal);
  }
}

const logGroupsSchema = z.object({ logGroups: z.array(z.object({ logGroupName: z.string() })).default([]) });

async function logGroups({ clients }: ReadRequest, names: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const name of names) {
    const answer = await clients.caller.json('logs', 'Logs_20140328.DescribeLogGroups', { logGroupNamePrefix: name });
    const page = parseJson(answer, logGroupsSchema, 'the log groups', { bytes: 1_000_000, depth: 20 });
    if (page.logGroups.some(({ logGroupName }) => logGroupName === name)) found.push(name);
  }
  return found;
}
