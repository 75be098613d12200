import {
  DescribeInstancesCommand,
  DescribeNatGatewaysCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpnConnectionsCommand,
  DescribeVpnGatewaysCommand,
  DescribeCustomerGatewaysCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import { refusalOf } from '../aws-error.ts';
import type { Thing } from './receipt.ts';

/** EC2 shows some things, with their tags, for about an hour after they are gone. */
export async function isGoneAlready(ec2: EC2Client, { kind, id }: Thing): Promise<boolean> {
  const states = await statesOf(ec2, kind, id).catch((error: unknown) => {
    if (/NotFound$/.test(refusalOf(error)?.name ?? '')) return ['deleted'];
    throw error;
  });
  return states !== undefined && states.every((state) => state === 'deleted' || state === 'terminated');
}

/** Undefined: of this kind nothing is shown after its end. */
async function statesOf(ec2: EC2Client, kind: string, id: string): Promise<(string | undefined)[] | undefined> {
  switch (kind) {
    case 'natgateway': {
      const { NatGateways = [] } = await ec2.send(new DescribeNatGatewaysCommand({ NatGatewayIds: [id] }));
      return NatGateways.map(({ State }) => State);
    }
    case 'instance': {
      const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
      return Reservations.flatMap(({ Instances = [] }) => Instances.map(({ State }) => State?.Name));
    }
    case 'vpc-endpoint': {
      const { VpcEndpoints = [] } = await ec2.send(new DescribeVpcEndpointsCommand({ VpcEndpointIds: [id] }));
      return VpcEndpoints.map(({ State }) => State?.toLowerCase());
    }
    case 'vpn-connection': {
      const { VpnConnections = [] } = await ec2.send(new DescribeVpnConnectionsCommand({ VpnConnectionIds: [id] }));
      return VpnConnections.map(({ State }) => State);
    }
    case 'vpn-gateway': {
      const { VpnGateways = [] } = await ec2.send(new DescribeVpnGatewaysCommand({ VpnGatewayIds: [id] }));
      return VpnGateways.map(({ State }) => State);
    }
    case 'customer-gateway': {
      const { CustomerGateways = [] } = await ec2.send(
        new DescribeCustomerGatewaysCommand({ CustomerGatewayIds: [id] }),
      );
      return CustomerGateways.map(({ State }) => State);
    }
    default:
      return undefined;
  }
}
