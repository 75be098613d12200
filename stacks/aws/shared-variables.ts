import type { Variable } from './variable.ts';

const oneOf = (name: string, values: string[]): [string, string] => [
  `contains(${JSON.stringify(values)}, var.${name})`,
  values.join(' or '),
];
export const choice = (name: string, values: string[], fallback: string, description: string): Variable => ({
  type: 'string',
  default: fallback,
  description,
  valid: oneOf(name, values),
});

/** What both modules are told alike. */
export const sharedVariables: Readonly<Record<string, Variable>> = {
  install_id: {
    type: 'string',
    description: 'The id of the install at the control plane.',
    valid: [`can(regex("^[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?$", var.install_id))`, 'lower-case letters, digits and "-"'],
  },
  account_id: {
    type: 'string',
    description: 'The 12 digits of the AWS account; the provider refuses every other.',
    valid: ['can(regex("^[0-9]{12}$", var.account_id))', 'expected 12 digits'],
  },
  region: {
    type: 'string',
    description: 'The AWS region, such as eu-central-1.',
    valid: ['can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))', 'expected a region such as eu-central-1'],
  },
  name_prefix: {
    type: 'string',
    default: '',
    description:
      'Every name begins with it; empty: lf-<install_id>. Several installs in one account need different ones.',
    valid: [
      'can(regex("^([a-z][a-z0-9-]{1,23})?$", var.name_prefix))',
      'at most 24 lower-case letters, digits and "-", beginning with a letter',
    ],
  },
  tags: {
    type: 'map(string)',
    default: {},
    description: 'More tags for everything, beside landfall:install.',
  },
  mode: choice(
    'mode',
    ['full', 'vpc', 'cluster'],
    'full',
    "full: network and cluster are made. vpc: the cluster is made in the customer's VPC. cluster: onto the customer's cluster.",
  ),
  node_profile: choice(
    'node_profile',
    ['node-groups', 'auto'],
    'node-groups',
    'node-groups: managed node groups of fixed size. auto: EKS Auto Mode.',
  ),
  cluster_name: {
    type: 'string',
    default: '',
    description: "Mode cluster: the customer's cluster. Otherwise empty: the cluster is named as the prefix.",
    valid: [
      'can(regex("^([0-9A-Za-z][0-9A-Za-z_-]{0,99})?$", var.cluster_name))',
      'expected the name of an EKS cluster',
    ],
  },
  state_kms_key_arn: {
    type: 'string',
    default: '',
    description: "The customer's own key for Terraform states; empty: one is made.",
    valid: ['var.state_kms_key_arn == "" || can(regex("^arn:[^\\"*]+$", var.state_kms_key_arn))', 'expected an ARN'],
  },
  cluster_kms_key_arn: {
    type: 'string',
    default: '',
    description: "The customer's own key for the cluster's secrets; empty: one is made.",
    valid: [
      'var.cluster_kms_key_arn == "" || can(regex("^arn:[^\\"*]+$", var.cluster_kms_key_arn))',
      'expected an ARN',
    ],
  },
  install_access: choice(
    'install_access',
    ['open', 'closed'],
    'open',
    'open: the one-time install role exists and may enter the cluster. closed: it does not; set this when the install has ended.',
  ),
};

/** The same in both modules, as stacks/names.ts has it. */
export const sharedLocals = {
  prefix: 'var.name_prefix == "" ? "lf-${var.install_id}" : var.name_prefix',
  partition: 'startswith(var.region, "cn-") ? "aws-cn" : startswith(var.region, "us-gov-") ? "aws-us-gov" : "aws"',
  cluster: 'var.cluster_name == "" ? local.prefix : var.cluster_name',
  tags: 'merge(var.tags, { "landfall:install" = var.install_id })',
} as const;
