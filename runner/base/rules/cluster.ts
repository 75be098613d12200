import type { OwnBranch } from '../own-branch.ts';
import { gained, lost, type PlanChange } from '../plan-change.ts';
import { ask, cut, fine, type Opinion, removes, type Rule } from './rule.ts';

/** The cluster, its nodes and its add-ons. */
export const clusterRules: readonly Rule[] = [
  { types: ['aws_eks_cluster'], look: cluster },
  { types: ['aws_eks_node_group'], look: nodeGroup },
  { types: ['aws_eks_addon'], look: addon },
  { types: ['aws_launch_template'], look: launchTemplate },
];

/** Without these neither the runner's pod nor its credentials work. */
const vitalAddons = ['coredns', 'eks-pod-identity-agent', 'kube-proxy', 'vpc-cni'];

function cluster(change: PlanChange): Opinion {
  if (change.verb === 'create') return fine;
  if (removes(change)) return ask('the cluster and all in it would be deleted');
  const was = (path: string): boolean => change.before(path) === true;
  const stays = (path: string): boolean => change.after(path) === true && !change.unknown(path);
  const privately = 'vpc_config.0.endpoint_private_access';
  if (was(privately) && !stays(privately)) return cut("the runner could not reach the cluster's API any more");
  const auto = 'compute_config.0.enabled';
  if (was(auto) && !stays(auto)) return cut('the nodes would go, and the runner with them');
  const mode = 'access_config.0.authentication_mode';
  if (change.unknown(mode) || (change.before(mode) !== change.after(mode) && change.after(mode) !== 'API')) {
    return cut('access entries would not count any more, or not alone');
  }
  const publicly = 'vpc_config.0.endpoint_public_access';
  const open = change.after(publicly) === true || change.unknown(publicly);
  if (open && !was(publicly)) return ask("the cluster's API would be reachable from the Internet");
  const cidrs = 'vpc_config.0.public_access_cidrs';
  if (open && (gained(change, cidrs).length > 0 || change.unknown(cidrs))) {
    return ask("the cluster's API would be reachable from more of the Internet");
  }
  if (lost(change, 'vpc_config.0.subnet_ids').length > 0) return ask('the cluster would leave a subnet');
  if (lost(change, 'enabled_cluster_log_types').length > 0) return ask('a log of the cluster would be switched off');
  return fine;
}

function nodeGroup(change: PlanChange, own: OwnBranch): Opinion {
  if (change.verb === 'create') return fine;
  // Not knowing where it runs, the runner takes every group for its own.
  const isOwn = own.nodeGroup === null || change.before('node_group_name') === own.nodeGroup;
  if (removes(change)) {
    return isOwn
      ? cut('the runner runs on this node group')
      : ask('the node group and what runs on it would be deleted');
  }
  const empty = ['desired_size', 'max_size'].some((size) => change.after(`scaling_config.0.${size}`) === 0);
  if (empty) return isOwn ? cut('the runner runs on this node group') : ask('the node group would have no nodes');
  return fine;
}

function addon(change: PlanChange): Opinion {
  if (!removes(change)) return fine;
  const name = change.before('addon_name');
  const vital = typeof name !== 'string' || vitalAddons.includes(name);
  return vital ? cut('without it no pod of the cluster works, the runner included') : ask('an add-on would be deleted');
}

function launchTemplate(change: PlanChange): Opinion {
  if (change.verb !== 'update' && change.verb !== 'create') return fine;
  const tokens = change.after('metadata_options.0.http_tokens');
  const hops = change.after('metadata_options.0.http_put_response_hop_limit');
  const loose = (tokens !== undefined && tokens !== 'required') || (typeof hops === 'number' && hops > 1);
  return loose ? ask("pods could take the node's credentials from the metadata service") : fine;
}
