import { gained, lost, type PlanChange } from '../../components/terraform/plan-change.ts';
import { ask, cut, fine, type Opinion, removes, type Rule } from './rule.ts';

const way = 'it is on a way by which the runner reaches the account, its registry or the control plane';

/** How the runner gets out: NAT, routes, endpoints, names. New ones may be added; what is there stays. */
export const wayRules: readonly Rule[] = [
  {
    types: [
      'aws_egress_only_internet_gateway',
      'aws_eip',
      'aws_eip_association',
      'aws_internet_gateway',
      'aws_internet_gateway_attachment',
      'aws_nat_gateway',
      'aws_vpc_endpoint_route_table_association',
      'aws_vpc_endpoint_security_group_association',
      'aws_vpc_endpoint_subnet_association',
      'aws_vpn_connection',
      'aws_vpn_connection_route',
      'aws_vpn_gateway',
      'aws_vpn_gateway_attachment',
      'aws_vpn_gateway_route_propagation',
      'aws_customer_gateway',
    ],
    look: (change) => (removes(change) ? cut(way) : fine),
  },
  {
    types: ['aws_route'],
    look: (change) => {
      if (change.verb !== 'create') return change.changed.length === 0 ? fine : cut(way);
      return change.unknown('route_table_id') ? fine : ask('a route into a table that is in use can lead traffic away');
    },
  },
  {
    types: ['aws_route_table_association', 'aws_vpc_endpoint_policy', 'aws_vpc_endpoint_private_dns'],
    look: (change) => (change.verb === 'create' || change.changed.length === 0 ? fine : cut(way)),
  },
  { types: ['aws_main_route_table_association', 'aws_vpc_dhcp_options_association'], look: () => cut(way) },
  {
    types: ['aws_route_table'],
    look: (change) => {
      if (removes(change) || lost(change, 'route').length > 0) return cut(way);
      const led = change.verb === 'update' && (gained(change, 'route').length > 0 || change.unknown('route'));
      return led ? ask('a route into a table that is in use can lead traffic away') : fine;
    },
  },
  { types: ['aws_vpc_endpoint'], look: endpoint },
  { types: ['aws_vpc'], look: vpc },
  { types: ['aws_subnet'], look: subnet },
  {
    types: ['aws_vpc_security_group_ingress_rule', 'aws_vpc_security_group_egress_rule', 'aws_security_group_rule'],
    look: securityGroupRule,
  },
  { types: ['aws_security_group', 'aws_default_security_group'], look: securityGroup },
  {
    types: ['aws_network_acl', 'aws_network_acl_rule', 'aws_network_acl_association', 'aws_default_network_acl'],
    look: () => ask('a network ACL can shut the runner in'),
  },
];

/** Services of others have names of their own: `com.amazonaws.vpce.<region>.vpce-svc-...`. */
const awsService = /^(?:cn\.)?com\.amazonaws\.(?!vpce\.)[a-z0-9.-]+$/;

function endpoint(change: PlanChange): Opinion {
  if (change.verb === 'create') {
    const service = change.after('service_name');
    if (typeof service !== 'string' || !awsService.test(service)) return ask("it leads to a service that is not AWS's");
    return (change.after('policy') ?? '') === '' ? fine : ask("its policy decides over what went AWS's way until now");
  }
  if (removes(change)) return cut(way);
  const members = ['subnet_ids', 'route_table_ids', 'security_group_ids'].some((path) => lost(change, path).length > 0);
  const names =
    change.before('private_dns_enabled') === true &&
    (change.after('private_dns_enabled') !== true || change.unknown('private_dns_enabled'));
  return members || names || change.changed.includes('policy') ? cut(way) : fine;
}

function vpc(change: PlanChange): Opinion {
  if (change.verb === 'create') return fine;
  if (removes(change)) return ask('the network and all in it would be deleted');
  const names = ['enable_dns_support', 'enable_dns_hostnames'].some(
    (path) => change.before(path) === true && (change.after(path) !== true || change.unknown(path)),
  );
  return names ? cut(way) : fine;
}

function subnet(change: PlanChange): Opinion {
  const opened =
    change.verb === 'update' &&
    change.before('map_public_ip_on_launch') === false &&
    (change.after('map_public_ip_on_launch') !== false || change.unknown('map_public_ip_on_launch'));
  return opened ? ask('what is started in the subnet would get a public address') : fine;
}

function securityGroupRule(change: PlanChange): Opinion {
  if (change.changed.length === 0) return fine;
  const type = change.before('type') ?? change.after('type');
  const ingress = change.type === 'aws_vpc_security_group_ingress_rule' || type === 'ingress';
  if (change.verb === 'create') {
    return ingress && !change.unknown('security_group_id') ? ask('a security group is opened') : fine;
  }
  const from = Number(change.before('from_port') ?? 0);
  const to = Number(change.before('to_port') ?? 65_535);
  // The endpoints are reached on 443; a rule without ports is one for all of them.
  return !ingress || change.before('ip_protocol') === '-1' || (from <= 443 && to >= 443)
    ? cut(way)
    : ask('a way in is closed');
}

function securityGroup(change: PlanChange): Opinion {
  if (change.verb === 'create') return fine;
  if (removes(change)) return ask('a security group is deleted');
  if (change.type === 'aws_security_group' && ['ingress', 'egress'].some((path) => lost(change, path).length > 0)) {
    return cut(way);
  }
  return gained(change, 'ingress').length > 0 || change.unknown('ingress') ? ask('a security group is opened') : fine;
}
