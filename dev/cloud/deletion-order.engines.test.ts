import {
  AllocateAddressCommand,
  AttachInternetGatewayCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateInternetGatewayCommand,
  CreateNatGatewayCommand,
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  CreateVpcEndpointCommand,
  DeleteInternetGatewayCommand,
  DeleteNatGatewayCommand,
  DeleteNetworkInterfaceCommand,
  DeleteSecurityGroupCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  DeleteVpcEndpointsCommand,
  DescribeNetworkInterfacesCommand,
  DetachInternetGatewayCommand,
  EC2Client,
  ReleaseAddressCommand,
} from '@aws-sdk/client-ec2';
import { CreateClusterCommand, DeleteClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines, openAccount, type OpenAccount } from './testing/open-account.ts';

type Made = Awaited<ReturnType<typeof makeNetwork>>;

async function makeNetwork(account: OpenAccount) {
  const ec2 = new EC2Client(account.admin);
  const VpcId = (await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }))).Vpc?.VpcId ?? '';
  const SubnetId =
    (await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock: '10.0.0.0/24' }))).Subnet?.SubnetId ?? '';
  const gateway = (await ec2.send(new CreateInternetGatewayCommand({}))).InternetGateway?.InternetGatewayId ?? '';
  await ec2.send(new AttachInternetGatewayCommand({ VpcId, InternetGatewayId: gateway }));
  const group = async (name: string) =>
    (await ec2.send(new CreateSecurityGroupCommand({ VpcId, GroupName: name, Description: name }))).GroupId ?? '';
  const [used, named] = [await group('used'), await group('named')];
  const rule = { GroupId: used, IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: named }] }] };
  await ec2.send(new AuthorizeSecurityGroupIngressCommand(rule));
  const face = await ec2.send(new CreateNetworkInterfaceCommand({ SubnetId, Groups: [used] }));
  const { AllocationId } = await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
  const nat = await ec2.send(new CreateNatGatewayCommand({ SubnetId, AllocationId }));
  const service = { VpcId, ServiceName: 'com.amazonaws.eu-central-1.sts', VpcEndpointType: 'Interface' as const };
  const endpoint = await ec2.send(
    new CreateVpcEndpointCommand({ ...service, SubnetIds: [SubnetId], SecurityGroupIds: [used] }),
  );
  const roleArn = 'arn:aws:iam::123456789012:role/cluster';
  const cluster = { name: 'one', roleArn, resourcesVpcConfig: { subnetIds: [SubnetId] } };
  await new EKSClient(account.admin).send(new CreateClusterCommand(cluster));
  return {
    VpcId,
    SubnetId,
    gateway,
    used,
    named,
    AllocationId,
    face: face.NetworkInterface?.NetworkInterfaceId ?? '',
    nat: nat.NatGateway?.NatGatewayId ?? '',
    endpoint: endpoint.VpcEndpoint?.VpcEndpointId ?? '',
  };
}

describe.skipIf(!engines.available).each([
  { name: 'with its guards', guards: {}, refuses: true },
  { name: 'with the guard of dependencies off', guards: { dependencies: false }, refuses: false },
])('a network that is in use, $name', ({ guards, refuses }) => {
  let account: OpenAccount;
  let ec2: EC2Client;
  let made: Made;
  beforeAll(async () => {
    account = await openAccount(guards);
    ec2 = new EC2Client(account.admin);
    made = await makeNetwork(account);
  });
  afterAll(() => account?.stop());

  it.each<[string, (network: Made) => Promise<unknown>]>([
    ['a group that a network interface has', ({ used }) => ec2.send(new DeleteSecurityGroupCommand({ GroupId: used }))],
    ['a group that another one names', ({ named }) => ec2.send(new DeleteSecurityGroupCommand({ GroupId: named }))],
    ['a NAT gateway’s address', ({ AllocationId }) => ec2.send(new ReleaseAddressCommand({ AllocationId }))],
    [
      'the way out, while addresses are mapped',
      ({ VpcId, gateway }) => ec2.send(new DetachInternetGatewayCommand({ VpcId, InternetGatewayId: gateway })),
    ],
    ['a subnet with a cluster in it', ({ SubnetId }) => ec2.send(new DeleteSubnetCommand({ SubnetId }))],
  ])('keeps %s', async (_what, remove) => {
    const attempt = remove(made);
    if (refuses) await expect(attempt).rejects.toThrow(/dependen|mapped public|in use/);
    else await expect(attempt).resolves.toBeDefined();
  });

  if (!refuses) return;

  it('goes when everything goes in order, and leaves no interface behind', async () => {
    const { VpcId, SubnetId, gateway, used, named, AllocationId, face, nat, endpoint } = made;
    await new EKSClient(account.admin).send(new DeleteClusterCommand({ name: 'one' }));
    await ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [endpoint] }));
    await ec2.send(new DeleteNatGatewayCommand({ NatGatewayId: nat }));
    await ec2.send(new ReleaseAddressCommand({ AllocationId }));
    await ec2.send(new DetachInternetGatewayCommand({ VpcId, InternetGatewayId: gateway }));
    await ec2.send(new DeleteInternetGatewayCommand({ InternetGatewayId: gateway }));
    await ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: face }));
    await ec2.send(new DeleteSecurityGroupCommand({ GroupId: used }));
    await expect(ec2.send(new DeleteVpcCommand({ VpcId }))).rejects.toMatchObject({ name: 'DependencyViolation' });
    await ec2.send(new DeleteSecurityGroupCommand({ GroupId: named }));
    await ec2.send(new DeleteSubnetCommand({ SubnetId }));
    await ec2.send(new DeleteVpcCommand({ VpcId }));
    expect((await ec2.send(new DescribeNetworkInterfacesCommand({}))).NetworkInterfaces).toEqual([]);
  });
});
