import {
  DescribeClusterCommand,
  DescribeNodegroupCommand,
  DescribeUpdateCommand,
  type EKSClient,
  ListNodegroupsCommand,
  ListUpdatesCommand,
} from '@aws-sdk/client-eks';

/** What AWS itself says of the cluster. */
export type CloudLook = {
  /** Updates under way, in words; empty when AWS is at rest. */
  updates: string[];
  nodeGroups: string[];
};

export type CloudUpdates = { look(signal: AbortSignal): Promise<CloudLook> };

const busy: ReadonlySet<string> = new Set(['CREATING', 'DELETING', 'PENDING', 'UPDATING']);
/** One page: an update that is under way is among those that EKS still tells of. */
const most = 100;
/** Newest first (as EKS lists them); an update that is older than all of these is over. */
const newest = 5;

/** Asks EKS: status of the cluster and its node groups, and the newest updates of each. */
export function eksUpdates(options: { eks: EKSClient; cluster: string }): CloudUpdates {
  const { eks, cluster: name } = options;
  return {
    look: async (abortSignal) => {
      const on = { abortSignal };
      const cluster = await eks.send(new DescribeClusterCommand({ name }), on);
      const nodeGroups = await listNodeGroups(eks, name, on);
      const states = await Promise.all(
        nodeGroups.map(async (nodegroupName) => {
          const { nodegroup } = await eks.send(new DescribeNodegroupCommand({ clusterName: name, nodegroupName }), on);
          return { what: `node group ${nodegroupName}`, status: nodegroup?.status ?? '' };
        }),
      );
      const updates = [{ what: `cluster ${name}`, status: cluster.cluster?.status ?? '' }, ...states]
        .filter(({ status }) => busy.has(status))
        .map(({ what, status }) => `${what} is ${status}`);
      if (updates.length > 0) return { updates, nodeGroups };
      const open = await Promise.all([null, ...nodeGroups].map((group) => openUpdates(eks, name, group, on)));
      return { updates: open.flat(), nodeGroups };
    },
  };
}

type On = { abortSignal: AbortSignal };

async function listNodeGroups(eks: EKSClient, clusterName: string, on: On): Promise<string[]> {
  const names: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await eks.send(new ListNodegroupsCommand({ clusterName, nextToken }), on);
    names.push(...(page.nodegroups ?? []));
    ({ nextToken } = page);
  } while (nextToken !== undefined);
  return names.sort();
}

/** A status can lag behind an update that was just begun; the list of updates does not. */
async function openUpdates(eks: EKSClient, name: string, nodegroupName: string | null, on: On): Promise<string[]> {
  const about = { name, ...(nodegroupName === null ? {} : { nodegroupName }) };
  const { updateIds = [] } = await eks.send(new ListUpdatesCommand({ ...about, maxResults: most }), on);
  const found = await Promise.all(
    updateIds.slice(0, newest).map(async (updateId) => eks.send(new DescribeUpdateCommand({ ...about, updateId }), on)),
  );
  const where = nodegroupName === null ? `cluster ${name}` : `node group ${nodegroupName}`;
  return found.flatMap(({ update }) =>
    update?.status === 'InProgress' ? [`${where}: update ${update.id ?? ''} (${update.type ?? ''}) is under way`] : [],
  );
}
