/* oxlint-disable no-new -- a construct adds itself to its scope */
import { CustomerGateway } from '@cdktf/provider-aws/lib/customer-gateway/index.js';
import { VpcEndpoint } from '@cdktf/provider-aws/lib/vpc-endpoint/index.js';
import { VpnConnectionRoute } from '@cdktf/provider-aws/lib/vpn-connection-route/index.js';
import { VpnConnection } from '@cdktf/provider-aws/lib/vpn-connection/index.js';
import { VpnGatewayRoutePropagation } from '@cdktf/provider-aws/lib/vpn-gateway-route-propagation/index.js';
import { VpnGateway } from '@cdktf/provider-aws/lib/vpn-gateway/index.js';
import type { TerraformStack } from 'cdktf';
import { called, flag, forEach, list, named, onlyIf, text } from '../expressions.ts';

export const linkLocals = {
  link_vpn: 'var.control_plane_link_kind == "vpn"',
  link_routes: 'local.link_vpn && var.control_plane_bgp_asn == 0 ? toset(var.control_plane_cidrs) : toset([])',
} as const;

/** Where the runner shall not go over the internet: an endpoint of the vendor's service, or a VPN to its network. */
export function addControlPlaneLink(stack: TerraformStack): void {
  const endpoint = new VpcEndpoint(stack, 'control-plane', {
    vpcId: text('local.vpc_id'),
    serviceName: text('var.control_plane_service_name'),
    vpcEndpointType: 'Interface',
    subnetIds: list('local.private_subnet_ids'),
    securityGroupIds: list('[aws_security_group.endpoints[0].id]'),
    privateDnsEnabled: flag('var.control_plane_private_dns'),
    ...named('control-plane'),
  });
  onlyIf('local.link_endpoint', endpoint);

  const gateway = new VpnGateway(stack, 'vpn-gateway', { vpcId: text('local.vpc_id'), ...named('control-plane') });
  onlyIf('local.link_vpn', called('control-plane', gateway));
  const otherSide = new CustomerGateway(stack, 'vpn-other-side', {
    // Asked for even where the routes are static.
    bgpAsn: text('var.control_plane_bgp_asn == 0 ? "65000" : tostring(var.control_plane_bgp_asn)'),
    ipAddress: text('var.control_plane_gateway_ip'),
    type: 'ipsec.1',
    ...named('control-plane'),
  });
  onlyIf('local.link_vpn', called('control-plane', otherSide));
  const connection = new VpnConnection(stack, 'vpn-connection', {
    vpnGatewayId: text('aws_vpn_gateway.control-plane[0].id'),
    customerGatewayId: text('aws_customer_gateway.control-plane[0].id'),
    type: 'ipsec.1',
    staticRoutesOnly: flag('var.control_plane_bgp_asn == 0'),
    ...named('control-plane'),
  });
  onlyIf('local.link_vpn', called('control-plane', connection));
  const route = new VpnConnectionRoute(stack, 'vpn-route', {
    vpnConnectionId: text('aws_vpn_connection.control-plane[0].id'),
    destinationCidrBlock: text('each.key'),
  });
  forEach('local.link_routes', called('control-plane', route));
  const propagation = new VpnGatewayRoutePropagation(stack, 'vpn-propagation', {
    vpnGatewayId: text('aws_vpn_gateway.control-plane[0].id'),
    routeTableId: text('aws_route_table.private[each.key].id'),
  });
  forEach('local.link_vpn ? local.zones : {}', called('control-plane', propagation));
}
