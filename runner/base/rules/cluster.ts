import type { Json, JsonObject } from '../../../contract/index.ts';
import { isWorkloadRole, type OwnBranch } from '../own-branch.ts';
import { gained, lost, type PlanChange } from '../../components/terraform/plan-change.ts';
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
  if (was(auto) && lost(change, 'compute_config.0.node_pools').length > 0) {
    return ask('the nodes of a pool, and what runs on them, would go');
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
  const shut = change.unknown('taint') || gained(change, 'taint').some(keepsAway);
  if (shut) return isOwn ? cut('the runner could not stay on its node group') : ask('pods could not stay on the nodes');
  if (empty) return isOwn ? cut('the runner runs on this node group') : ask('the node group would have no nodes');
  return fine;
}

/** `PREFER_NO_SCHEDULE` drives nobody away. */
function keepsAway(taint: Json): boolean {
  return record(taint)['effect'] !== 'PREFER_NO_SCHEDULE';
}

function addon(change: PlanChange, own: OwnBranch): Opinion {
  if (!removes(change)) return addonRoles(change, own);
  const name = change.before('addon_name');
  const vital = typeof name !== 'string' || vitalAddons.includes(name);
  return vital ? cut('without it no pod of the cluster works, the runner included') : ask('an add-on would be deleted');
}

/** An add-on can bring roles of its own for its pods, beside the Pod Identity associations. */
function addonRoles(change: PlanChange, own: OwnBranch): Opinion {
  const identities = change.after('pod_identity_association');
  const roles = [
    change.after('service_account_role_arn'),
    ...(Array.isArray(identities) ? identities.map((identity) => record(identity)['role_arn'] ?? '') : []),
  ].filter((role) => role !== undefined && role !== null);
  if (change.unknown('service_account_role_arn') || change.unknown('pod_identity_association')) {
    return cut('it is not known which role the add-on gets');
  }
  const foreign = roles.find((role) => !isWorkloadRole(role, own));
  return foreign === undefined ? fine : cut(`it gives an add-on the role ${JSON.stringify(foreign)}`);
}

function record(value: Json): JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}

function launchTemplate(change: PlanChange): Opinion {
  if (change.verb !== 'update' && change.verb !== 'create') return fine;
  const brought = ['user_data', 'image_id', 'key_name'].some(
    (path) => change.unknown(path) || ((change.after(path) ?? '') !== '' && change.after(path) !== change.before(path)),
  );
  if (brought) return ask("the nodes would start with something else than AWS's image and settings");
  // Not said means AWS's default: the old metadata service too.
  const tokens = change.after('metadata_options.0.http_tokens');
  const hops = change.after('metadata_options.0.http_put_response_hop_limit');
  const loose = tokens !== 'required' || change.unknown('metadata_options.0.http_tokens') || Number(hops ?? 1) > 1;
  return loose ? ask("pods could take the node's credentials from the metadata service") : fine;
}
