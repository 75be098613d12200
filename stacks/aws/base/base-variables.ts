import type { Variable } from '../variable.ts';
import { choice, sharedVariables } from '../shared-variables.ts';

const strings = (description: string, fallback: string[] = []): Variable => ({
  type: 'list(string)',
  default: fallback,
  description,
});
const string = (description: string, fallback = ''): Variable => ({ type: 'string', default: fallback, description });

const network: Readonly<Record<string, Variable>> = {
  vpc_cidr: {
    type: 'string',
    default: '10.64.0.0/16',
    description:
      'Mode full: a /16 to /20. Each zone gets a sixteenth of it for its public subnet and a quarter for its private one.',
    valid: [
      'can(cidrhost(var.vpc_cidr, 0)) && can(regex("/(1[6-9]|20)$", var.vpc_cidr)) && cidrsubnet(var.vpc_cidr, 0, 0) == var.vpc_cidr',
      'expected a /16 to /20 without host bits',
    ],
  },
  zones: {
    type: 'list(string)',
    default: ['a', 'b', 'c'],
    description: 'Mode full: suffixes of two or three zones of the region.',
    valid: [
      'length(var.zones) >= 2 && length(var.zones) <= 3 && length(distinct(var.zones)) == length(var.zones)',
      'two or three',
    ],
  },
  nat: choice(
    'nat',
    ['single', 'per-zone', 'none'],
    'single',
    "Mode full: the private subnets' way out. none: private endpoints, and a way out of the customer's own if one is needed.",
  ),
  private_endpoints: {
    type: 'bool',
    default: false,
    description: "Mode full: AWS's services are reached inside the VPC. S3 always is.",
  },
  flow_logs: {
    type: 'bool',
    default: true,
    description: 'Mode full: who talked with whom, in /landfall/<prefix>/flow.',
  },
  vpc_id: string("Mode vpc: the customer's."),
  private_subnet_ids: strings('Mode vpc: for nodes and the cluster, in at least two zones.'),
  public_subnet_ids: strings('Mode vpc: for load balancers towards the internet, if any.'),
};

const cluster: Readonly<Record<string, Variable>> = {
  kubernetes_version: {
    type: 'string',
    default: '1.34',
    description: 'Of the cluster and its node groups.',
    valid: ['can(regex("^1\\\\.[0-9]{2}$", var.kubernetes_version))', 'such as 1.34'],
  },
  public_endpoint_cidrs: strings("Who may reach the cluster's API from outside. Empty: its public endpoint is off."),
  node_groups: {
    type: 'map(object({ instance_type = string, size = number, disk_gib = optional(number, 80), release_version = optional(string, "") }))',
    default: {
      general: { instance_type: 'm6i.large', size: 4, disk_gib: 80, release_version: '' },
      large: { instance_type: 'm6i.xlarge', size: 2, disk_gib: 80, release_version: '' },
    },
    description: 'Profile node-groups: by name. release_version: of the node image.',
  },
  node_image_version: string(
    'The node image of every group that names none; empty: the newest when the group is made.',
  ),
  addon_versions: {
    type: 'map(string)',
    default: {},
    description:
      'Profile node-groups: versions of EKS add-ons by name; without one, the newest default when it is made.',
  },
  auto_limits: {
    type: 'object({ cpu = number, memory_gib = number })',
    default: { cpu: 64, memory_gib: 256 },
    description:
      'Profile auto: the most that the nodes may have together; carried out by the NodePool of the hand-off.',
  },
};

const link: Readonly<Record<string, Variable>> = {
  control_plane_link_kind: choice(
    'control_plane_link_kind',
    ['internet', 'privatelink', 'vpn'],
    'internet',
    "How the runner reaches the vendor's control plane.",
  ),
  control_plane_service_name: string('privatelink: the endpoint service.'),
  control_plane_private_dns: {
    type: 'bool',
    default: true,
    description: "privatelink: the service's own name resolves to the endpoint.",
  },
  control_plane_gateway_ip: string("vpn: the other side's public address."),
  control_plane_bgp_asn: { type: 'number', default: 0, description: 'vpn: 0 for static routes, else BGP with it.' },
  control_plane_cidrs: strings('vpn: networks on the other side, for static routes.'),
};

export const baseModuleVariables: Readonly<Record<string, Variable>> = {
  ...sharedVariables,
  ...network,
  ...cluster,
  ...link,
  repositories: {
    ...strings('Made in the registry, below <prefix>/.', ['landfall/runner', 'landfall/charts/runner']),
    valid: ['length(var.repositories) > 0', 'at least one'],
  },
  monthly_budget_usd: { type: 'number', default: 0, description: 'A budget over what carries the tag; 0: none.' },
  budget_email: string('Who is told at 80 % and at the forecast of 100 %.'),
};
