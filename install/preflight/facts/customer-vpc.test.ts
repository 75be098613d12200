import { expect, it } from 'vitest';
import { wayOutOf } from './customer-vpc.ts';

const out = (more: object): object => ({ DestinationCidrBlock: '0.0.0.0/0', State: 'active', ...more });
const local = { DestinationCidrBlock: '10.0.0.0/16', GatewayId: 'local' };
const table = (id: string, associations: object[], ...routes: object[]): object => ({
  RouteTableId: id,
  Associations: associations,
  Routes: [local, ...routes],
});
const main = table('rtb-main', [{ Main: true }], out({ GatewayId: 'igw-1' }));
const mine = [{ SubnetId: 'subnet-1', Main: false }];

it.each([
  ['its own table', [main, table('rtb-own', mine, out({ NatGatewayId: 'nat-1' }))], 'nat-1'],
  ['the main table where it has none', [main], 'igw-1'],
  ['a transit gateway', [table('rtb-own', mine, out({ TransitGatewayId: 'tgw-1' })), main], 'tgw-1'],
  ['a firewall’s interface', [table('rtb-own', mine, out({ NetworkInterfaceId: 'eni-1' })), main], 'eni-1'],
  ['nowhere', [table('rtb-own', mine), main], undefined],
  ['a gateway that is gone', [table('rtb-own', mine, out({ NatGatewayId: 'nat-1', State: 'blackhole' }))], undefined],
])('the way out of a subnet is by %s', (_, tables, target) => {
  expect(wayOutOf('subnet-1', tables)).toMatchObject({ subnetId: 'subnet-1', target });
});
