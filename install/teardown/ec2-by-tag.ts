import {
  DescribeAddressesCommand,
  DescribeCustomerGatewaysCommand,
  DescribeVpnConnectionsCommand,
  DescribeVpnGatewaysCommand,
  type EC2Client,
  type Filter,
  paginateDescribeFlowLogs,
  paginateDescribeInstances,
  paginateDescribeInternetGateways,
  paginateDescribeLaunchTemplates,
  paginateDescribeNatGateways,
  paginateDescribeNetworkInterfaces,
  paginateDescribeRouteTables,
  paginateDescribeSecurityGroups,
  paginateDescribeSubnets,
  paginateDescribeVolumes,
  paginateDescribeVpcEndpoints,
  paginateDescribeVpcs,
} from '@aws-sdk/client-ec2';
import type { Thing } from './receipt.ts';

type Shown = { id: string | undefined; state?: string | undefined };
type Look = (ec2: EC2Client, Filters: Filter[]) => Promise<Shown[]>;

/** EC2 shows some things, with their tags, for about an hour after they are gone. */
const gone = ['deleted', 'terminated'];

/** Every kind of thing in EC2 that a stack of ours, or a controller, can have made. */
const looks: Record<string, Look> = {
  vpc: (client, Filters) =>
    all(paginateDescribeVpcs({ client }, { Filters }), ({ Vpcs }) => Vpcs?.map(({ VpcId: id }) => ({ id }))),
  subnet: (client, Filters) =>
    all(paginateDescribeSubnets({ client }, { Filters }), ({ Subnets }) =>
      Subnets?.map(({ SubnetId: id }) => ({ id })),
    ),
  'route-table': (client, Filters) =>
    all(paginateDescribeRouteTables({ client }, { Filters }), ({ RouteTables }) =>
      RouteTables?.map(({ RouteTableId: id }) => ({ id })),
    ),
  'internet-gateway': (client, Filters) =>
    all(paginateDescribeInternetGateways({ client }, { Filters }), ({ InternetGateways }) =>
      InternetGateways?.map(({ InternetGatewayId: id }) => ({ id })),
    ),
  'nat-gateway': (client, Filters) =>
    all(paginateDescribeNatGateways({ client }, { Filter: Filters }), ({ NatGateways }) =>
      NatGateways?.map(({ NatGatewayId: id, State: state }) => ({ id, state })),
    ),
  'elastic-ip': async (ec2, Filters) =>
    ((await ec2.send(new DescribeAddressesCommand({ Filters }))).Addresses ?? []).map(({ AllocationId: id }) => ({
      id,
    })),
  'security-group': (client, Filters) =>
    all(paginateDescribeSecurityGroups({ client }, { Filters }), ({ SecurityGroups }) =>
      SecurityGroups?.map(({ GroupId: id }) => ({ id })),
    ),
  'vpc-endpoint': (client, Filters) =>
    all(paginateDescribeVpcEndpoints({ client }, { Filters }), ({ VpcEndpoints }) =>
      VpcEndpoints?.map(({ VpcEndpointId: id, State }) => ({ id, state: State?.toLowerCase() })),
    ),
  'flow-log': (client, Filters) =>
    all(paginateDescribeFlowLogs({ client }, { Filter: Filters }), ({ FlowLogs }) =>
      FlowLogs?.map(({ FlowLogId: id }) => ({ id })),
    ),
  'launch-template': (client, Filters) =>
    all(paginateDescribeLaunchTemplates({ client }, { Filters }), ({ LaunchTemplates }) =>
      LaunchTemplates?.map(({ LaunchTemplateId: id }) => ({ id })),
    ),
  instance: (client, Filters) =>
    all(paginateDescribeInstances({ client }, { Filters }), ({ Reservations }) =>
      Reservations?.flatMap(({ Instances = [] }) =>
        Instances.map(({ InstanceId: id, State }) => ({ id, state: State?.Name })),
      ),
    ),
  volume: (client, Filters) =>
    all(paginateDescribeVolumes({ client }, { Filters }), ({ Volumes }) =>
      Volumes?.map(({ VolumeId: id }) => ({ id })),
    ),
  'network-interface': (client, Filters) =>
    all(paginateDescribeNetworkInterfaces({ client }, { Filters }), ({ NetworkInterfaces }) =>
      NetworkInterfaces?.map(({ NetworkInterfaceId: id }) => ({ id })),
    ),
  'vpn-gateway': async (ec2, Filters) =>
    ((await ec2.send(new DescribeVpnGatewaysCommand({ Filters }))).VpnGateways ?? []).map(
      ({ VpnGatewayId: id, State: state }) => ({ id, state }),
    ),
  'customer-gateway': async (ec2, Filters) =>
    ((await ec2.send(new DescribeCustomerGatewaysCommand({ Filters }))).CustomerGateways ?? []).map(
      ({ CustomerGatewayId: id, State: state }) => ({ id, state }),
    ),
  'vpn-connection': async (ec2, Filters) =>
    ((await ec2.send(new DescribeVpnConnectionsCommand({ Filters }))).VpnConnections ?? []).map(
      ({ VpnConnectionId: id, State: state }) => ({ id, state }),
    ),
};

/**
 * What bears the tag and is alive, kind by kind. `ec2:DescribeTags` would be one call, but it names things that are gone, and not
 * in which state the others are.
 */
export async function findByEc2Tag(ec2: EC2Client, key: string, value: string): Promise<Thing[]> {
  const filters = [{ Name: `tag:${key}`, Values: [value] }];
  const found = await Promise.all(
    Object.entries(looks).map(async ([kind, look]) =>
      (await look(ec2, filters))
        .filter(({ state }) => !gone.includes(state ?? ''))
        .flatMap(({ id }) => (id === undefined ? [] : [{ kind, id }])),
    ),
  );
  return found.flat();
}

async function all<Page>(pages: AsyncIterable<Page>, shown: (page: Page) => Shown[] | undefined): Promise<Shown[]> {
  const found: Shown[] = [];
  for await (const page of pages) found.push(...(shown(page) ?? []));
  return found;
}
