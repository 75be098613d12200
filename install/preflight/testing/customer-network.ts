import {
  AllocateAddressCommand,
  AssociateRouteTableCommand,
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateNatGatewayCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  EC2Client,
  ModifyVpcAttributeCommand,
} from '@aws-sdk/client-ec2';
import type { OpenAccount } from '../../../dev/cloud/testing/open-account.ts';

export type CustomerNetwork = { id: string; privateSubnetIds: string[]; publicSubnetIds: string[] };

export type NetworkFlaws = {
  oneZone?: boolean;
  noWayOut?: boolean;
  noTags?: boolean;
  noDns?: boolean;
  small?: boolean;
};

let networks = 0;

/** A VPC as a customer has one: two private subnets behind a NAT gateway, one public; with the given flaws. */
export async function makeNetwork(account: OpenAccount, flaws: NetworkFlaws = {}): Promise<CustomerNetwork> {
  const ec2 = new EC2Client(account.admin);
  const { region } = account.cloud;
  const block = `10.${100 + networks++}`;
  const vpc = await ec2.send(new CreateVpcCommand({ CidrBlock: `${block}.0.0/16` }));
  const VpcId = vpc.Vpc?.VpcId ?? '';
  if (flaws.noDns !== true) {
    await ec2.send(new ModifyVpcAttributeCommand({ VpcId, EnableDnsHostnames: { Value: true } }));
  }
  const subnet = async (cidr: string, zone: string, role: string): Promise<string> => {
    const Tags =
      flaws.noTags === true ? [{ Key: 'Name', Value: 'x' }] : [{ Key: `kubernetes.io/role/${role}`, Value: '1' }];
    const made = await ec2.send(
      new CreateSubnetCommand({
        VpcId,
        CidrBlock: `${block}.${cidr}`,
        AvailabilityZone: `${region}${zone}`,
        TagSpecifications: [{ ResourceType: 'subnet', Tags }],
      }),
    );
    return made.Subnet?.SubnetId ?? '';
  };
  const size = flaws.small === true ? 28 : 20;
  const privateSubnetIds = [
    await subnet(`16.0/${size}`, 'a', 'internal-elb'),
    await subnet(`32.0/${size}`, flaws.oneZone === true ? 'a' : 'b', 'internal-elb'),
  ];
  const publicSubnetId = await subnet('0.0/24', 'a', 'elb');
  const gateway = await ec2.send(new CreateInternetGatewayCommand({}));
  const InternetGatewayId = gateway.InternetGateway?.InternetGatewayId ?? '';
  await ec2.send(new AttachInternetGatewayCommand({ VpcId, InternetGatewayId }));
  const table = async (subnets: string[], target: { GatewayId: string } | { NatGatewayId: string }): Promise<void> => {
    const RouteTableId = (await ec2.send(new CreateRouteTableCommand({ VpcId }))).RouteTable?.RouteTableId ?? '';
    await ec2.send(new CreateRouteCommand({ RouteTableId, DestinationCidrBlock: '0.0.0.0/0', ...target }));
    for (const SubnetId of subnets) await ec2.send(new AssociateRouteTableCommand({ RouteTableId, SubnetId }));
  };
  await table([publicSubnetId], { GatewayId: InternetGatewayId });
  if (flaws.noWayOut !== true) {
    const { AllocationId } = await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
    const nat = await ec2.send(new CreateNatGatewayCommand({ SubnetId: publicSubnetId, AllocationId }));
    await table(privateSubnetIds, { NatGatewayId: nat.NatGateway?.NatGatewayId ?? '' });
  }
  return { id: VpcId, privateSubnetIds, publicSubnetIds: [publicSubnetId] };
}
