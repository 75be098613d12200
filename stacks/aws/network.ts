/* oxlint-disable no-new -- a construct adds itself to its scope */
import { Eip } from '@cdktf/provider-aws/lib/eip/index.js';
import { InternetGateway } from '@cdktf/provider-aws/lib/internet-gateway/index.js';
import { NatGateway } from '@cdktf/provider-aws/lib/nat-gateway/index.js';
import { RouteTableAssociation } from '@cdktf/provider-aws/lib/route-table-association/index.js';
import { RouteTable } from '@cdktf/provider-aws/lib/route-table/index.js';
import { Route } from '@cdktf/provider-aws/lib/route/index.js';
import { Subnet } from '@cdktf/provider-aws/lib/subnet/index.js';
import { Vpc } from '@cdktf/provider-aws/lib/vpc/index.js';
import type { ITerraformDependable, TerraformStack } from 'cdktf';
import type { BaseInputs } from '../inputs.ts';
import type { InstallNames } from '../names.ts';
import { subnetCidrs } from './subnet-cidrs.ts';

const anywhere = '0.0.0.0/0';

export type Network = {
  vpcId: string;
  publicSubnetIds: string[];
  privateSubnetIds: string[];
  /** Nodes cannot join before this exists. */
  wayOut: ITerraformDependable;
};

/** Three zones, each with a public and a private subnet; one NAT gateway for all. */
export function addNetwork(stack: TerraformStack, inputs: BaseInputs, names: InstallNames): Network {
  const tags = (name: string, more: Record<string, string> = {}): { tags: Record<string, string> } => ({
    tags: { Name: `${names.prefix}-${name}`, ...more },
  });
  const vpc = new Vpc(stack, 'vpc', {
    cidrBlock: inputs.vpcCidr,
    enableDnsHostnames: true,
    enableDnsSupport: true,
    ...tags('vpc'),
  });
  const { publicCidrs, privateCidrs } = subnetCidrs(inputs.vpcCidr);
  const subnets = (kind: 'public' | 'private', cidrs: string[], elb: Record<string, string>): Subnet[] =>
    cidrs.map((cidrBlock, i) => {
      const zone = inputs.zones[i] ?? '';
      return new Subnet(stack, `${kind}-${zone}`, {
        vpcId: vpc.id,
        cidrBlock,
        availabilityZone: `${inputs.region}${zone}`,
        ...tags(`${kind}-${zone}`, elb),
      });
    });
  const publicSubnets = subnets('public', publicCidrs, { 'kubernetes.io/role/elb': '1' });
  const privateSubnets = subnets('private', privateCidrs, { 'kubernetes.io/role/internal-elb': '1' });

  const gateway = new InternetGateway(stack, 'internet', { vpcId: vpc.id, ...tags('internet') });
  const address = new Eip(stack, 'nat-address', { domain: 'vpc', ...tags('nat') });
  const nat = new NatGateway(stack, 'nat', {
    allocationId: address.id,
    subnetId: publicSubnets[0]?.id ?? '',
    dependsOn: [gateway],
    ...tags('nat'),
  });
  const routes = (kind: string, members: Subnet[], target: { gatewayId: string } | { natGatewayId: string }): Route => {
    const table = new RouteTable(stack, `${kind}-routes`, { vpcId: vpc.id, ...tags(kind) });
    for (const [i, subnet] of members.entries()) {
      const id = `${kind}-routes-${inputs.zones[i] ?? ''}`;
      new RouteTableAssociation(stack, id, { routeTableId: table.id, subnetId: subnet.id });
    }
    return new Route(stack, `${kind}-out`, { routeTableId: table.id, destinationCidrBlock: anywhere, ...target });
  };
  routes('public', publicSubnets, { gatewayId: gateway.id });
  const wayOut = routes('private', privateSubnets, { natGatewayId: nat.id });
  return {
    vpcId: vpc.id,
    publicSubnetIds: publicSubnets.map((subnet) => subnet.id),
    privateSubnetIds: privateSubnets.map((subnet) => subnet.id),
    wayOut,
  };
}
