import {
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
  type RouteTable,
} from '@aws-sdk/client-ec2';
import type { ReadOnlyAws } from '../aws/clients.ts';
import { look, type Seen, unlessAbsent } from '../seen.ts';
import type { CustomerVpc, WayOut } from './facts.ts';
import { tagsOf } from './tags.ts';

const calls = [
  'ec2:DescribeVpcs',
  'ec2:DescribeSubnets',
  'ec2:DescribeRouteTables',
  'ec2:DescribeVpcAttribute',
  'ec2:DescribeVpcEndpoints',
];

/** The VPC that the customer gave, with what of it an install rests on. */
export function customerVpcFact(
  aws: ReadOnlyAws,
  vpc: { id: string; privateSubnetIds: readonly string[] },
): Promise<Seen<CustomerVpc>> {
  const Filters = [{ Name: 'vpc-id', Values: [vpc.id] }];
  const attribute = async (Attribute: 'enableDnsSupport' | 'enableDnsHostnames'): Promise<boolean> => {
    const input = new DescribeVpcAttributeCommand({ VpcId: vpc.id, Attribute });
    const answer = await unlessAbsent(() => aws.ec2.send(input));
    return (Attribute === 'enableDnsSupport' ? answer?.EnableDnsSupport : answer?.EnableDnsHostnames)?.Value === true;
  };
  return look(calls, async () => {
    const [vpcs, subnets, tables, endpoints, dnsSupport, dnsHostnames] = await Promise.all([
      unlessAbsent(() => aws.ec2.send(new DescribeVpcsCommand({ VpcIds: [vpc.id] }))),
      aws.ec2.send(new DescribeSubnetsCommand({ Filters })),
      aws.ec2.send(new DescribeRouteTablesCommand({ Filters })),
      aws.ec2.send(new DescribeVpcEndpointsCommand({ Filters })),
      attribute('enableDnsSupport'),
      attribute('enableDnsHostnames'),
    ]);
    return {
      exists: (vpcs?.Vpcs ?? []).length > 0,
      subnets: (subnets.Subnets ?? []).map((subnet) => ({
        id: subnet.SubnetId ?? '',
        vpcId: subnet.VpcId ?? '',
        zone: subnet.AvailabilityZone ?? '',
        freeAddresses: subnet.AvailableIpAddressCount ?? 0,
        tags: tagsOf(subnet.Tags),
      })),
      waysOut: vpc.privateSubnetIds.map((id) => wayOutOf(id, tables.RouteTables ?? [])),
      dnsSupport,
      dnsHostnames,
      endpoints: (endpoints.VpcEndpoints ?? []).map((each) => ({
        service: each.ServiceName ?? '',
        state: (each.State ?? '').toLowerCase(),
      })),
    };
  });
}

/** A subnet without a table of its own has the VPC's main one. */
export function wayOutOf(subnetId: string, tables: readonly RouteTable[]): WayOut {
  const own = tables.find((table) => table.Associations?.some((each) => each.SubnetId === subnetId));
  const table = own ?? tables.find((each) => each.Associations?.some((association) => association.Main === true));
  const route = table?.Routes?.find((each) => each.DestinationCidrBlock === '0.0.0.0/0' && each.State !== 'blackhole');
  const target = [
    route?.NatGatewayId,
    route?.TransitGatewayId,
    route?.NetworkInterfaceId,
    route?.InstanceId,
    route?.VpcPeeringConnectionId,
    route?.CoreNetworkArn,
    route?.LocalGatewayId,
    route?.GatewayId,
  ].find((each) => each !== undefined && each !== '');
  return { subnetId, tableId: table?.RouteTableId, target };
}
