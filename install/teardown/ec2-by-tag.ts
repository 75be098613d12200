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
  type Tag,
} from '@aws-sdk/client-ec2';
import { tagRecord } from './cluster-tags.ts';
import type { Thing } from './receipt.ts';

type Shown = { id: string | undefined; state?: string | undefined; tags: Tag[] | undefined };
type Look = (ec2: EC2Client, Filters: Filter[]) => Promise<Shown[]>;

/** EC2 shows some things, with their tags, for about an hour after they are gone. */
const gone = ['deleted', 'terminated'];

/** Every kind of thing in EC2 that a stack of ours, or a controller, can have made. */
const looks: Record<string, Look> = {
  vpc: (client, Filters) =>
    all(paginateDescribeVpcs({ client }, { Filters }), ({ Vpcs }) =>
      Vpcs?.map(({ VpcId: id, Tags: tags }) => ({ id, tags })),
    ),
  subnet: (client, Filters) =>
    all(paginateDescribeSubnets({ client }, { Filters }), ({ Subnets }) =>
      Subnets?.map(({ SubnetId: id, Tags: tags }) => ({ id, tags })),
    ),
  'route-table': (client, Filters) =>
    all(paginateDescribeRouteTables({ client }, { Filters }), ({ RouteTables }) =>
      RouteTables?.map(({ RouteTableId: id, Tags: tags }) => ({ id, tags })),
    ),
  'internet-gateway': (client, Filters) =>
    all(paginateDescribeInternetGateways({ client }, { Filters }), ({ InternetGateways }) =>
      InternetGateways?.map(({ InternetGatewayId: id, Tags: tags }) => ({ id, tags })),
    ),
  'nat-gateway': (client, Filters) =>
    all(paginateDescribeNatGateways({ client }, { Filter: Filters }), ({ NatGateways }) =>
      NatGateways?.map(({ NatGatewayId: id, State: state, Tags: tags }) => ({ id, state, tags })),
    ),
  'elastic-ip': async (ec2, Filters) =>
    ((await ec2.send(new DescribeAddressesCommand({ Filters }))).Addresses ?? []).map(
      ({ AllocationId: id, Tags: tags }) => ({ id, tags }),
    ),
  'security-group': (client, Filters) =>
    all(paginateDescribeSecurityGroups({ client }, { Filters }), ({ SecurityGroups }) =>
      SecurityGroups?.map(({ GroupId: id, Tags: tags }) => ({ id, tags })),
    ),
  'vpc-endpoint': (client, Filters) =>
    all(paginateDescribeVpcEndpoints({ client }, { Filters }), ({ VpcEndpoints }) =>
      VpcEndpoints?.map(({ VpcEndpointId: id, State, Tags: tags }) => ({ id, state: State?.toLowerCase(), tags })),
    ),
  'flow-log': (client, Filters) =>
    all(paginateDescribeFlowLogs({ client }, { Filter: Filters }), ({ FlowLogs }) =>
      FlowLogs?.map(({ FlowLogId: id, Tags: tags }) => ({ id, tags })),
    ),
  'launch-template': (client, Filters) =>
    all(paginateDescribeLaunchTemplates({ client }, { Filters }), ({ LaunchTemplates }) =>
      LaunchTemplates?.map(({ LaunchTemplateId: id, Tags: tags }) => ({ id, tags })),
    ),
  instance: (client, Filters) =>
    all(paginateDescribeInstances({ client }, { Filters }), ({ Reservations }) =>
      Reservations?.flatMap(({ Instances = [] }) =>
        Instances.map(({ InstanceId: id, State, Tags: tags }) => ({ id, state: State?.Name, tags })),
      ),
    ),
  volume: (client, Filters) =>
    all(paginateDescribeVolumes({ client }, { Filters }), ({ Volumes }) =>
      Volumes?.map(({ VolumeId: id, Tags: tags }) => ({ id, tags })),
    ),
  'network-interface': (client, Filters) =>
    all(paginateDescribeNetworkInterfaces({ client }, { Filters }), ({ NetworkInterfaces }) =>
      NetworkInterfaces?.map(({ NetworkInterfaceId: id, TagSet: tags }) => ({ id, tags })),
    ),
  'vpn-gateway': async (ec2, Filters) =>
    ((await ec2.send(new DescribeVpnGatewaysCommand({ Filters }))).VpnGateways ?? []).map(
      ({ VpnGatewayId: id, State: state, Tags: tags }) => ({ id, state, tags }),
    ),
  'customer-gateway': async (ec2, Filters) =>
    ((await ec2.send(new DescribeCustomerGatewaysCommand({ Filters }))).CustomerGateways ?? []).map(
      ({ CustomerGatewayId: id, State: state, Tags: tags }) => ({ id, state, tags }),
    ),
  'vpn-connection': async (ec2, Filters) =>
    ((await ec2.send(new DescribeVpnConnectionsCommand({ Filters }))).VpnConnections ?? []).map(
      ({ VpnConnectionId: id, State: state, Tags: tags }) => ({ id, state, tags }),
    ),
};

/**
 * What bears the tag and is alive, kind by kind. `ec2:DescribeTags` would be one call, but it names things that are gone, and not
 * in which state the others are.
 */
export async function findByEc2Tag(ec2: EC2Client, key: string, value: string): Promise<(Thing & { name: string })[]> {
  const filters = [{ Name: `tag:${key}`, Values: [value] }];
  const found = await Promise.all(
    Object.entries(looks).map(async ([kind, look]) =>
      (await look(ec2, filters))
        .filter(({ state, tags }) => !gone.includes(state ?? '') && tagRecord(tags)[key] === value)
        .flatMap(({ id, tags }) => (id === undefined ? [] : [{ kind, id, name: tagRecord(tags)['Name'] ?? '' }])),
    ),
  );
  return found.flat();
}

async function all<Page>(pages: AsyncIterable<Page>, shown: (page: Page) => Shown[] | undefined): Promise<Shown[]> {
  const found: Shown[] = [];
  for await (const page of pages) found.push(...(shown(page) ?? []));
  return found;
}
