/* oxlint-disable no-new -- a construct adds itself to its scope */
import { DataAwsVpc } from '@cdktf/provider-aws/lib/data-aws-vpc/index.js';
import { Eip } from '@cdktf/provider-aws/lib/eip/index.js';
import { InternetGateway } from '@cdktf/provider-aws/lib/internet-gateway/index.js';
import { NatGateway } from '@cdktf/provider-aws/lib/nat-gateway/index.js';
import { RouteTableAssociation } from '@cdktf/provider-aws/lib/route-table-association/index.js';
import { RouteTable } from '@cdktf/provider-aws/lib/route-table/index.js';
import { Route } from '@cdktf/provider-aws/lib/route/index.js';
import { Subnet } from '@cdktf/provider-aws/lib/subnet/index.js';
import { Vpc } from '@cdktf/provider-aws/lib/vpc/index.js';
import type { TerraformStack } from 'cdktf';
import { after, called, forEach, named, onlyIf, text } from '../expressions.ts';

const anywhere = '0.0.0.0/0';
const vpcId = text('aws_vpc.vpc[0].id');

/** Zone -> its number, and which of them have a NAT gateway. In the other modes there is none of this. */
export const networkLocals = {
  full: 'var.mode == "full"',
  zones: 'local.full ? { for i, zone in var.zones : zone => i } : {}',
  public_zones: 'var.nat == "none" ? {} : local.zones',
  nat_zones: 'var.nat == "per-zone" ? local.public_zones : { for zone, i in local.public_zones : zone => i if i == 0 }',
  vpc_id:
    'local.full ? one(aws_vpc.vpc[*].id) : var.mode == "vpc" ? var.vpc_id : one(data.aws_eks_cluster.existing[*].vpc_config[0].vpc_id)',
  vpc_cidr: 'local.full ? var.vpc_cidr : one(data.aws_vpc.given[*].cidr_block)',
  private_subnet_ids:
    'local.full ? [for zone in var.zones : aws_subnet.private[zone].id] : var.mode == "vpc" ? var.private_subnet_ids : tolist(one(data.aws_eks_cluster.existing[*].vpc_config[0].subnet_ids))',
  public_subnet_ids:
    'local.full ? [for zone, i in local.public_zones : aws_subnet.public[zone].id] : var.public_subnet_ids',
} as const;

/**
 * Two or three zones, each with a private subnet and routes of its own; public ones only where something goes out.
 * The VPC's default security group stays as AWS makes it, and nothing is ever put into it: to close it, the role would need
 * rights on security groups without the install's tag, which are everybody's.
 */
export function addNetwork(stack: TerraformStack): void {
  onlyIf(
    'local.full',
    new Vpc(stack, 'vpc', {
      cidrBlock: text('var.vpc_cidr'),
      enableDnsHostnames: true,
      enableDnsSupport: true,
      ...named('vpc'),
    }),
  );
  // Where somebody else's network is used, only its size is asked for.
  onlyIf('!local.full && local.link_endpoint', new DataAwsVpc(stack, 'given', { id: text('local.vpc_id') }));
  subnets(stack, 'public', 'local.public_zones', 'cidrsubnet(var.vpc_cidr, 4, each.value)', 'elb');
  subnets(stack, 'private', 'local.zones', 'cidrsubnet(var.vpc_cidr, 2, each.value + 1)', 'internal-elb');

  onlyIf('length(local.public_zones) > 0', new InternetGateway(stack, 'internet', { vpcId, ...named('internet') }));
  const out = new RouteTable(stack, 'public-routes', { vpcId, ...named('public') });
  onlyIf('length(local.public_zones) > 0', called('public', out));
  const outRoute = new Route(stack, 'public-out', {
    routeTableId: text('aws_route_table.public[0].id'),
    destinationCidrBlock: anywhere,
    gatewayId: text('aws_internet_gateway.internet[0].id'),
  });
  onlyIf('length(local.public_zones) > 0', called('public', outRoute));
  const outSubnets = new RouteTableAssociation(stack, 'public-association', {
    routeTableId: text('aws_route_table.public[0].id'),
    subnetId: text('aws_subnet.public[each.key].id'),
  });
  forEach('local.public_zones', called('public', outSubnets));

  const address = new Eip(stack, 'nat-address', { domain: 'vpc', ...named('nat-${each.key}') });
  forEach('local.nat_zones', called('nat', address));
  const gateway = new NatGateway(stack, 'nat-gateway', {
    allocationId: text('aws_eip.nat[each.key].id'),
    subnetId: text('aws_subnet.public[each.key].id'),
    ...named('nat-${each.key}'),
    ...after('aws_internet_gateway.internet', 'aws_route.public'),
  });
  forEach('local.nat_zones', called('nat', gateway));

  const table = new RouteTable(stack, 'private-routes', { vpcId, ...named('private-${each.key}') });
  forEach('local.zones', called('private', table));
  const association = new RouteTableAssociation(stack, 'private-association', {
    routeTableId: text('aws_route_table.private[each.key].id'),
    subnetId: text('aws_subnet.private[each.key].id'),
  });
  forEach('local.zones', called('private', association));
  const route = new Route(stack, 'private-out', {
    routeTableId: text('aws_route_table.private[each.key].id'),
    destinationCidrBlock: anywhere,
    natGatewayId: text('aws_nat_gateway.nat[var.nat == "per-zone" ? each.key : var.zones[0]].id'),
  });
  forEach('local.public_zones', called('private', route));
}

function subnets(stack: TerraformStack, kind: string, zones: string, cidr: string, elb: string): void {
  const subnet = new Subnet(stack, `${kind}-subnet`, {
    vpcId,
    cidrBlock: text(cidr),
    availabilityZone: '${var.region}${each.key}',
    tags: { Name: `\${local.prefix}-${kind}-\${each.key}`, [`kubernetes.io/role/${elb}`]: '1' },
  });
  forEach(zones, called(kind, subnet));
}
