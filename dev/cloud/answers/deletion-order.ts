import type { Call } from '../calls/call.ts';
import { type EksState, listOf, recordOf } from '../eks/state.ts';
import type { Moto } from '../moto.ts';
import { Refusal } from '../wire/refusal.ts';
import { type CloudRequest, formOf } from '../wire/request.ts';

type Dependencies = { moto: Moto; eks: EksState };

/** EC2 deletes nothing that something else lives in or hangs on. moto does, so it is asked first what is there. */
export async function checkDeletionOrder(call: Call, request: CloudRequest, deps: Dependencies): Promise<void> {
  if (call.service !== 'ec2') return;
  const form = formOf(request);
  const of = (name: string): string => form.get(name) ?? '';
  const ask = (action: string, filter?: string, value?: string): Promise<string> =>
    describe(deps.moto, action, filter, value);
  switch (call.action) {
    case 'DeleteSecurityGroup': {
      const users = ids(await ask('DescribeNetworkInterfaces', 'group-id', of('GroupId')), 'networkInterfaceId');
      const referring = referringGroups(await ask('DescribeSecurityGroups'), of('GroupId'));
      const endpoints = liveItems(await ask('DescribeVpcEndpoints'), 'vpcEndpointId').filter((item) =>
        item.includes(`<groupId>${of('GroupId')}<`),
      );
      if (users.length + referring.length + endpoints.length > 0)
        throw dependency(`resource ${of('GroupId')} has a dependent object`);
      return;
    }
    case 'DeleteSubnet': {
      const subnet = of('SubnetId');
      const interfaces = ids(await ask('DescribeNetworkInterfaces', 'subnet-id', subnet), 'networkInterfaceId');
      const inSubnet = (item: string): boolean => item.includes(`>${subnet}<`);
      const others = [
        ...liveItems(await ask('DescribeNatGateways'), 'natGatewayId'),
        ...liveItems(await ask('DescribeVpcEndpoints'), 'vpcEndpointId'),
      ].filter(inSubnet);
      const clusters = [...deps.eks.clusters.values()].filter((cluster) =>
        listOf(recordOf(cluster.shown['resourcesVpcConfig'])['subnetIds']).includes(subnet),
      );
      if (interfaces.length + others.length + clusters.length > 0)
        throw dependency(`The subnet '${subnet}' has dependencies and cannot be deleted.`);
      return;
    }
    case 'DeleteVpc': {
      const vpc = of('VpcId');
      const groups = await ask('DescribeSecurityGroups', 'vpc-id', vpc);
      const inside = [
        ...ids(await ask('DescribeSubnets', 'vpc-id', vpc), 'subnetId'),
        ...liveItems(await ask('DescribeVpcEndpoints', 'vpc-id', vpc), 'vpcEndpointId'),
        ...ids(await ask('DescribeInternetGateways', 'attachment.vpc-id', vpc), 'internetGatewayId'),
        ...[...groups.matchAll(/<groupName>([^<]*)<\/groupName>/g)].filter(([, name]) => name !== 'default'),
      ];
      if (inside.length > 0) throw dependency(`The vpc '${vpc}' has dependencies and cannot be deleted.`);
      return;
    }
    case 'DetachInternetGateway': {
      const gateways = liveItems(await ask('DescribeNatGateways'), 'natGatewayId');
      if (gateways.some((item) => item.includes(`<vpcId>${of('VpcId')}<`) && item.includes('<allocationId>')))
        throw dependency(
          `Network ${of('VpcId')} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`,
        );
      return;
    }
    case 'ReleaseAddress': {
      const gateways = liveItems(await ask('DescribeNatGateways'), 'natGatewayId');
      if (gateways.some((item) => item.includes(`<allocationId>${of('AllocationId')}<`)))
        throw new Refusal(
          400,
          'InvalidIPAddress.InUse',
          `The address with allocation id ${of('AllocationId')} is in use.`,
        );
      return;
    }
    default:
  }
}

/** The network interface of a NAT gateway, which AWS takes away with it and moto leaves. */
export async function interfacesOf(call: Call, request: CloudRequest, moto: Moto): Promise<string[]> {
  if (call.service !== 'ec2' || call.action !== 'DeleteNatGateway') return [];
  const gateway = formOf(request).get('NatGatewayId') ?? '';
  return ids(await describe(moto, 'DescribeNatGateways', 'nat-gateway-id', gateway), 'networkInterfaceId');
}

export async function dropInterfaces(interfaces: string[], moto: Moto): Promise<void> {
  for (const NetworkInterfaceId of interfaces)
    await moto.query('ec2', { Action: 'DeleteNetworkInterface', Version: '2016-11-15', NetworkInterfaceId });
}

function describe(moto: Moto, action: string, filter?: string, value?: string): Promise<string> {
  const filters: Record<string, string> =
    filter === undefined ? {} : { 'Filter.1.Name': filter, 'Filter.1.Value.1': value ?? '' };
  return moto.query('ec2', { Action: action, Version: '2016-11-15', ...filters });
}

/** Other groups with a rule about this one. */
function referringGroups(xml: string, group: string): string[] {
  const others = topItems(xml).filter((item) => !item.includes(`security-group/${group}<`));
  return others.filter((item) => item.includes(`<groupId>${group}</groupId>`));
}

function ids(xml: string, tag: string): string[] {
  return [...xml.matchAll(new RegExp(`<${tag}>([^<]+)</${tag}>`, 'g'))].map(([, id = '']) => id);
}

/** The items of a list that are not deleted; an item begins where the tag of its id stands. */
function liveItems(xml: string, tag: string): string[] {
  const items = topItems(xml).filter((item) => item.includes(`<${tag}>`));
  return items.filter((item) => !/<state>(deleted|deleting)<\/state>/i.test(item));
}

/** The outermost <item>s. */
function topItems(xml: string): string[] {
  const items: string[] = [];
  let depth = 0;
  let start = 0;
  for (const match of xml.matchAll(/<(\/?)item>/g)) {
    if (match[1] === '') {
      if (depth === 0) start = match.index;
      depth += 1;
    } else {
      depth -= 1;
      if (depth === 0) items.push(xml.slice(start, match.index));
    }
  }
  return items;
}

function dependency(message: string): Refusal {
  return new Refusal(400, 'DependencyViolation', message);
}
