import {
  DeleteNetworkInterfaceCommand,
  DeleteSecurityGroupCommand,
  DeleteVolumeCommand,
  type EC2Client,
  paginateDescribeNetworkInterfaces,
  paginateDescribeSecurityGroups,
  paginateDescribeVolumes,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  type SecurityGroup,
} from '@aws-sdk/client-ec2';
import { refusalOf } from '../aws-error.ts';
import { controllerTagKeys, isMadeByController, isOfEksItself, type Tags, tagRecord } from './cluster-tags.ts';
import type { Thing } from './receipt.ts';

/** `free`: nothing uses it any more, so that it can be deleted now. */
export type Leftover = Thing & { free: boolean };

/** Volumes of persistent volumes, network interfaces and security groups that controllers of this cluster made. */
export async function findLeftovers(ec2: EC2Client, cluster: string): Promise<Leftover[]> {
  const filter = { Filters: [{ Name: 'tag-key', Values: controllerTagKeys(cluster) }] };
  const ours = (tags: Tags): boolean => isMadeByController(tags, cluster) && !isOfEksItself(tags);
  const found: Leftover[] = [];
  for await (const { Volumes = [] } of paginateDescribeVolumes({ client: ec2 }, filter)) {
    for (const { VolumeId, State, Tags } of Volumes) {
      if (VolumeId === undefined || !ours(tagRecord(Tags)) || State === 'deleting' || State === 'deleted') continue;
      found.push({ kind: 'volume', id: VolumeId, free: State === 'available' || State === 'error' });
    }
  }
  for await (const { NetworkInterfaces = [] } of paginateDescribeNetworkInterfaces({ client: ec2 }, filter)) {
    for (const { NetworkInterfaceId, Status, TagSet } of NetworkInterfaces) {
      if (NetworkInterfaceId === undefined || !ours(tagRecord(TagSet))) continue;
      found.push({ kind: 'network-interface', id: NetworkInterfaceId, free: Status === 'available' });
    }
  }
  for (const { GroupId } of await controllerGroups(ec2, cluster)) {
    if (GroupId !== undefined) found.push({ kind: 'security-group', id: GroupId, free: true });
  }
  return found;
}

/** False: something uses it still. */
export async function deleteLeftover(ec2: EC2Client, thing: Thing): Promise<boolean> {
  try {
    if (thing.kind === 'volume') await ec2.send(new DeleteVolumeCommand({ VolumeId: thing.id }));
    else if (thing.kind === 'network-interface')
      await ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: thing.id }));
    else await ec2.send(new DeleteSecurityGroupCommand({ GroupId: thing.id }));
    return true;
  } catch (error) {
    const name = refusalOf(error)?.name ?? '';
    if (/NotFound$/.test(name)) return true;
    if (['VolumeInUse', 'InvalidParameterValue', 'DependencyViolation', 'InvalidNetworkInterface.InUse'].includes(name))
      return false;
    throw error;
  }
}

/** Groups name each other in their rules; as long as one does, neither can be deleted. */
export async function emptyControllerGroups(ec2: EC2Client, cluster: string): Promise<void> {
  for (const { GroupId, IpPermissions = [], IpPermissionsEgress = [] } of await controllerGroups(ec2, cluster)) {
    if (IpPermissions.length > 0) {
      await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
    }
    const named = IpPermissionsEgress.filter(({ UserIdGroupPairs = [] }) => UserIdGroupPairs.length > 0);
    if (named.length > 0) await ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: named }));
  }
}

async function controllerGroups(ec2: EC2Client, cluster: string): Promise<SecurityGroup[]> {
  const filter = { Filters: [{ Name: 'tag-key', Values: controllerTagKeys(cluster) }] };
  const found: SecurityGroup[] = [];
  for await (const { SecurityGroups = [] } of paginateDescribeSecurityGroups({ client: ec2 }, filter)) {
    found.push(
      ...SecurityGroups.filter(({ Tags }) => {
        const tags = tagRecord(Tags);
        return isMadeByController(tags, cluster) && !isOfEksItself(tags);
      }),
    );
  }
  return found;
}
