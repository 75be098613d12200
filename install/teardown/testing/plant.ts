import {
  AuthorizeSecurityGroupIngressCommand,
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  CreateSnapshotCommand,
  CreateVolumeCommand,
  type EC2Client,
  type ResourceType,
} from '@aws-sdk/client-ec2';
import { elements, readXml, textOf } from '../read-xml.ts';
import type { SignedCaller } from '../signed-call.ts';

type Planted = { kind: string; id: string }[];

/** What controllers make in an account while a product runs on a cluster: one of each kind, two groups that name each other. */
export async function plantControllerThings(
  { ec2, caller }: { ec2: EC2Client; caller: SignedCaller },
  place: { cluster: string; vpcId: string; subnetIds: string[]; zone: string },
): Promise<Planted> {
  const { cluster, vpcId, subnetIds, zone } = place;
  const owned = { Key: `kubernetes.io/cluster/${cluster}`, Value: 'owned' };
  const tagged = (ResourceType: ResourceType, tags: { Key: string; Value: string }[] = [owned]) => ({
    TagSpecifications: [{ ResourceType, Tags: tags }],
  });
  const byController = { Key: 'elbv2.k8s.aws/cluster', Value: cluster };
  const group = async (name: string): Promise<string> => {
    const input = { GroupName: name, Description: name, VpcId: vpcId, ...tagged('security-group', [byController]) };
    return (await ec2.send(new CreateSecurityGroupCommand(input))).GroupId ?? '';
  };
  const [one, two] = [await group(`k8s-${cluster}-one`), await group(`k8s-${cluster}-two`)];
  for (const [GroupId, other] of [
    [one, two],
    [two, one],
  ]) {
    const IpPermissions = [{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, UserIdGroupPairs: [{ GroupId: other }] }];
    await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
  }
  const volume = await ec2.send(new CreateVolumeCommand({ AvailabilityZone: zone, Size: 8, ...tagged('volume') }));
  const snapshot = await ec2.send(new CreateSnapshotCommand({ VolumeId: volume.VolumeId, ...tagged('snapshot') }));
  const interfaceTag = { Key: 'cluster.k8s.amazonaws.com/name', Value: cluster };
  const { NetworkInterface } = await ec2.send(
    new CreateNetworkInterfaceCommand({ SubnetId: subnetIds[0], ...tagged('network-interface', [interfaceTag]) }),
  );
  const list = (name: string, values: readonly string[]): [string, string][] =>
    values.map((value, i) => [`${name}.member.${i + 1}`, value]);
  const elb = async (version: string, action: string, parameters: [string, string][]): Promise<string> =>
    caller.query('elasticloadbalancing', version, action, Object.fromEntries(parameters));
  const tag = (key: string, value: string): [string, string][] => [
    ['Tags.member.1.Key', key],
    ['Tags.member.1.Value', value],
  ];
  const balancer = await elb('2015-12-01', 'CreateLoadBalancer', [
    ['Name', `k8s-${cluster}`.slice(0, 32)],
    ['Type', 'network'],
    ...list('Subnets', subnetIds),
    ...tag(byController.Key, byController.Value),
  ]);
  const targets = await elb('2015-12-01', 'CreateTargetGroup', [
    ['Name', `k8s-${cluster}`.slice(0, 32)],
    ['Protocol', 'TCP'],
    ['Port', '443'],
    ['VpcId', vpcId],
    ...tag(byController.Key, byController.Value),
  ]);
  const classic = `classic-${cluster}`.slice(0, 32);
  await elb('2012-06-01', 'CreateLoadBalancer', [
    ['LoadBalancerName', classic],
    ['Listeners.member.1.Protocol', 'TCP'],
    ['Listeners.member.1.LoadBalancerPort', '443'],
    ['Listeners.member.1.InstancePort', '30443'],
    ...list('Subnets', subnetIds.slice(0, 1)),
    ...list('SecurityGroups', [one]),
    ...tag(owned.Key, owned.Value),
  ]);
  const arn = (xml: string, name: string): string => textOf(findParent(xml, name), name);
  return [
    { kind: 'load-balancer', id: arn(balancer, 'LoadBalancerArn') },
    { kind: 'target-group', id: arn(targets, 'TargetGroupArn') },
    { kind: 'classic-load-balancer', id: classic },
    { kind: 'volume', id: volume.VolumeId ?? '' },
    { kind: 'snapshot', id: snapshot.SnapshotId ?? '' },
    { kind: 'network-interface', id: NetworkInterface?.NetworkInterfaceId ?? '' },
    { kind: 'security-group', id: one },
    { kind: 'security-group', id: two },
  ];
}

function findParent(xml: string, child: string): ReturnType<typeof readXml> | undefined {
  return elements(readXml(xml), 'member').find((each) => textOf(each, child) !== '');
}
