import type { TofuResourceChange } from '../../engines/index.ts';

/** What the account shows of this install, whether or not a state knows of it. */
export type Existing = {
  /** Things of EC2 that bear the install's tag, by kind and Name. */
  tagged: readonly { kind: string; id: string; name: string }[];
  routes: readonly { tableId: string; cidr: string }[];
  associations: readonly { subnetId: string; tableId: string }[];
  rules: readonly { ruleId: string; groupId: string }[];
  /** Things that AWS knows by their names: `aws_eks_addon lf-one:coredns`. */
  named: ReadonlySet<string>;
  /** Pod Identity associations: `namespace/serviceaccount` -> id. */
  identities: ReadonlyMap<string, string>;
  accountId: string;
};

/** Terraform's type -> kind of thing in EC2. Each bears a Name that no other of its kind in this install bears. */
const taggedKinds: Record<string, string> = {
  aws_vpc: 'vpc',
  aws_subnet: 'subnet',
  aws_internet_gateway: 'internet-gateway',
  aws_eip: 'elastic-ip',
  aws_nat_gateway: 'nat-gateway',
  aws_route_table: 'route-table',
  aws_security_group: 'security-group',
  aws_vpc_endpoint: 'vpc-endpoint',
  aws_flow_log: 'flow-log',
  aws_launch_template: 'launch-template',
  aws_vpn_gateway: 'vpn-gateway',
  aws_customer_gateway: 'customer-gateway',
  aws_vpn_connection: 'vpn-connection',
};

export type ImportId =
  | { kind: 'absent' }
  | { kind: 'one'; id: string }
  /** Two of one name: a person must say which is the right one. */
  | { kind: 'several'; ids: string[] };

/**
 * Under which id something exists already that a plan wants to make: made by a run that was killed before it could write its
 * state. Pure. Null for a value that the plan does not know yet means: its parent is not in the state, so look again after that.
 */
export function importId(change: TofuResourceChange, existing: Existing): ImportId {
  const kind = taggedKinds[change.type];
  if (kind !== undefined) {
    const name = text(record(change.change.after, 'tags'), 'Name');
    const ids = existing.tagged.filter((each) => each.kind === kind && each.name === name).map(({ id }) => id);
    return name === '' ? { kind: 'absent' } : several(ids);
  }
  const id = idByName(change.type, object(change.change.after), existing);
  return id === undefined ? { kind: 'absent' } : { kind: 'one', id };
}

type Values = Readonly<Record<string, unknown>>;

function idByName(type: string, after: Values, existing: Existing): string | undefined {
  const get = (key: string): string => text(after, key);
  const cluster = get('cluster_name');
  const named = (id: string, key = id): string | undefined => (existing.named.has(`${type} ${key}`) ? id : undefined);
  switch (type) {
    case 'aws_eks_cluster':
    case 'aws_ecr_repository':
    case 'aws_cloudwatch_log_group':
      return named(get('name'));
    case 'aws_budgets_budget':
      return named(`${existing.accountId}:${get('name')}`, get('name'));
    case 'aws_eks_node_group':
      return named(`${cluster}:${get('node_group_name')}`);
    case 'aws_eks_addon':
      return named(`${cluster}:${get('addon_name')}`);
    case 'aws_eks_access_entry':
      return named(`${cluster}:${get('principal_arn')}`);
    case 'aws_eks_access_policy_association':
      return named(`${cluster}#${get('principal_arn')}#${get('policy_arn')}`);
    case 'aws_eks_pod_identity_association': {
      const id = existing.identities.get(`${get('namespace')}/${get('service_account')}`);
      return id === undefined ? undefined : `${cluster},${id}`;
    }
    case 'aws_route': {
      const found = existing.routes.find(
        ({ tableId, cidr }) => tableId === get('route_table_id') && cidr === get('destination_cidr_block'),
      );
      return found === undefined ? undefined : `${found.tableId}_${found.cidr}`;
    }
    case 'aws_route_table_association': {
      const found = existing.associations.find(
        ({ tableId, subnetId }) => tableId === get('route_table_id') && subnetId === get('subnet_id'),
      );
      return found === undefined ? undefined : `${found.subnetId}/${found.tableId}`;
    }
    case 'aws_vpc_security_group_ingress_rule':
      return existing.rules.find(({ groupId }) => groupId === get('security_group_id'))?.ruleId;
    default:
      return undefined;
  }
}

function several(ids: string[]): ImportId {
  const [id] = ids;
  if (id === undefined) return { kind: 'absent' };
  return ids.length === 1 ? { kind: 'one', id } : { kind: 'several', ids };
}

function object(value: unknown): Values {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function record(value: unknown, key: string): Values {
  return object(object(value)[key]);
}

function text(values: Values, key: string): string {
  const value = values[key];
  return typeof value === 'string' ? value : '';
}
