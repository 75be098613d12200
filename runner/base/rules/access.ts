import { isWorkloadRole, type OwnBranch } from '../own-branch.ts';
import type { PlanChange } from '../../components/terraform/plan-change.ts';
import { ask, cut, fine, type Opinion, removes, type Rule } from './rule.ts';

/** Who may enter what: roles, access entries, Pod Identity, and the policies of resources. */
export const accessRules: readonly Rule[] = [
  { types: ['aws_eks_access_entry', 'aws_eks_access_policy_association'], look: accessEntry },
  { types: ['aws_eks_pod_identity_association'], look: podIdentity },
  {
    types: [
      'aws_ecr_registry_policy',
      'aws_ecr_replication_configuration',
      'aws_ecr_repository_policy',
      'aws_kms_grant',
      'aws_lambda_permission',
      'aws_secretsmanager_secret_policy',
      'aws_sns_topic_policy',
      'aws_sqs_queue_policy',
      'aws_vpc_endpoint_service_allowed_principal',
    ],
    look: () => ask('it says who may use a resource of the account'),
  },
];

export const isIdentity = (type: string): boolean => type.startsWith('aws_iam_');

function accessEntry(change: PlanChange, { roles }: OwnBranch): Opinion {
  const before = change.before('principal_arn');
  const after = change.after('principal_arn');
  if (change.verb === 'delete') {
    if (before === roles.install) return fine;
    if (before === roles.node) return cut('the nodes, and the runner on them, could not join the cluster any more');
    if (before === roles.runner || before === roles.upgrade) return cut("it takes the runner's own access away");
    return ask('somebody loses access to the cluster');
  }
  // A node's entry is of type EC2_LINUX or EC2; with an association beside it a node would be an administrator.
  const nodes = change.type === 'aws_eks_access_entry' && after === roles.node && !change.unknown('principal_arn');
  if (nodes && change.verb !== 'replace' && lowGroups(change)) return fine;
  if (nodes && change.verb === 'replace') return cut('the nodes, and the runner on them, could not join meanwhile');
  return cut(`it lets ${typeof after === 'string' ? after : 'a principal not known yet'} into the cluster`);
}

function lowGroups(change: PlanChange): boolean {
  const groups = change.after('kubernetes_groups');
  const own = !Array.isArray(groups) || groups.length === 0;
  return own && change.after('type') !== 'STANDARD' && !change.unknown('type');
}

function podIdentity(change: PlanChange, own: OwnBranch): Opinion {
  const isOwn = (read: (path: string) => unknown): boolean =>
    read('service_account') === own.serviceAccount && read('namespace') === own.namespace;
  if (isOwn(change.before) && removes(change)) return cut("it takes the runner's own identity away");
  if (change.verb === 'delete') return ask('a workload loses its identity');
  if (change.unknown('role_arn') || change.unknown('namespace') || change.unknown('service_account')) {
    return cut('it is not known which workload gets which role');
  }
  if (typeof change.after('target_role_arn') === 'string') return cut('it takes a workload on to another role');
  const role = change.after('role_arn');
  if (isOwn(change.after)) return role === own.roles.runner ? fine : cut("it changes the runner's own role");
  if (!isWorkloadRole(role, own)) {
    return cut(`it gives another workload the role ${JSON.stringify(role ?? null)}`);
  }
  return fine;
}
