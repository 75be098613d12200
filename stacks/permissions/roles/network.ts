import { arn } from '../arns.ts';
import { onlyOurs, taggedAsOurs } from './shared-statements.ts';
import type { Statement } from '../statement.ts';

const ec2 = (kinds: readonly string[]): string[] => kinds.map((kind) => arn('ec2', `${kind}/*`));

/** Creating calls by the kind of thing they make. Each must carry the install's tag in the same call. */
const made = {
  vpc: 'CreateVpc',
  subnet: 'CreateSubnet',
  'route-table': 'CreateRouteTable',
  'internet-gateway': 'CreateInternetGateway',
  natgateway: 'CreateNatGateway',
  'elastic-ip': 'AllocateAddress',
  'security-group': 'CreateSecurityGroup',
  'vpc-endpoint': 'CreateVpcEndpoint',
  'vpc-flow-log': 'CreateFlowLogs',
  'vpn-gateway': 'CreateVpnGateway',
  'customer-gateway': 'CreateCustomerGateway',
  'vpn-connection': 'CreateVpnConnection',
} as const;

type Made = keyof typeof made;
const everyKind: readonly Made[] = Object.keys(made).filter((kind): kind is Made => kind in made);

/** What is made in a VPC whoever owns it. */
const linkKinds: readonly Made[] = [
  'security-group',
  'vpc-endpoint',
  'vpn-gateway',
  'customer-gateway',
  'vpn-connection',
];

/** Making the VPC and everything in it. */
export function createNetwork(): Statement[] {
  return [
    ...createTagged(everyKind),
    {
      sid: 'BuildInOwnNetwork',
      effect: 'Allow',
      actions: [
        'ec2:AssociateRouteTable',
        'ec2:AttachInternetGateway',
        'ec2:CreateFlowLogs',
        'ec2:CreateNatGateway',
        'ec2:CreateRoute',
        'ec2:CreateRouteTable',
        'ec2:CreateSecurityGroup',
        'ec2:CreateSubnet',
        'ec2:CreateVpcEndpoint',
        'ec2:ModifyVpcAttribute',
      ],
      resources: ec2([
        'vpc',
        'subnet',
        'route-table',
        'internet-gateway',
        'natgateway',
        'elastic-ip',
        'security-group',
        'vpc-endpoint',
      ]),
      conditions: onlyOurs,
      reason:
        'Puts subnets, routes, gateways and endpoints into the VPC of this install: only into what carries its tag',
      phases: ['install'],
    },
    ...rulesAndLink(),
  ];
}

/** In a VPC of the customer's: groups, endpoints and a link are made in it; it is not changed itself. */
export function createInGivenNetwork(): Statement[] {
  return [
    ...createTagged(linkKinds),
    {
      sid: 'BuildInGivenNetwork',
      effect: 'Allow',
      actions: ['ec2:AttachVpnGateway', 'ec2:CreateSecurityGroup', 'ec2:CreateVpcEndpoint'],
      resources: ec2(['vpc', 'subnet']),
      reason:
        "The customer's VPC does not carry the install's tag; what is made in it does, and what is in it stays as it is",
      phases: ['install'],
    },
    ...rulesAndLink(),
  ];
}

function createTagged(kinds: readonly Made[]): Statement[] {
  const actions = kinds.map((kind) => made[kind]);
  return [
    {
      sid: 'CreateTaggedNetwork',
      effect: 'Allow',
      actions: actions.map((action) => `ec2:${action}`),
      resources: ec2(kinds),
      conditions: taggedAsOurs,
      reason: "Makes parts of the network, each with the install's tag in the same call",
      phases: ['install'],
    },
    {
      sid: 'TagWhatIsMade',
      effect: 'Allow',
      actions: ['ec2:CreateTags'],
      resources: ec2([...kinds, 'security-group-rule'].filter((kind, i, all) => all.indexOf(kind) === i)),
      conditions: {
        StringEquals: {
          'ec2:CreateAction': [...actions, 'AuthorizeSecurityGroupIngress', 'AuthorizeSecurityGroupEgress'],
        },
      },
      reason:
        'Tags are set while a thing is made, never on what exists already: nothing of others can be marked as ours',
      phases: ['install'],
    },
  ];
}

function rulesAndLink(): Statement[] {
  return [
    {
      sid: 'OwnGroupsAndLink',
      effect: 'Allow',
      actions: [
        'ec2:AttachVpnGateway',
        'ec2:AuthorizeSecurityGroupEgress',
        'ec2:AuthorizeSecurityGroupIngress',
        'ec2:CreateVpcEndpoint',
        'ec2:CreateVpnConnection',
        'ec2:CreateVpnConnectionRoute',
        'ec2:EnableVgwRoutePropagation',
        'ec2:RevokeSecurityGroupEgress',
      ],
      resources: ec2(['security-group', 'vpc', 'vpn-gateway', 'customer-gateway', 'vpn-connection', 'route-table']),
      conditions: onlyOurs,
      reason: "Rules of the install's own security groups, and its own link to the control plane",
      phases: ['install'],
    },
    {
      sid: 'TaggedRules',
      effect: 'Allow',
      actions: ['ec2:AuthorizeSecurityGroupEgress', 'ec2:AuthorizeSecurityGroupIngress'],
      resources: ec2(['security-group-rule']),
      conditions: taggedAsOurs,
      reason: "A rule is a thing of its own for EC2: it carries the install's tag too",
      phases: ['install'],
    },
  ];
}
