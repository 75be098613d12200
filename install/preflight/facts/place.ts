import {
  DescribeAvailabilityZonesCommand,
  DescribeInstanceTypesCommand,
  DescribeRegionsCommand,
  paginateDescribeInstanceTypeOfferings,
} from '@aws-sdk/client-ec2';
import { DescribeClusterVersionsCommand } from '@aws-sdk/client-eks';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { ReadOnlyAws } from '../aws/clients.ts';
import { look } from '../seen.ts';
import { nodesOf, type Wanted } from '../wanted.ts';
import type { Facts } from './facts.ts';

type Place = Pick<Facts, 'identity' | 'region' | 'zones' | 'clusterVersions' | 'instanceTypes' | 'offerings'>;

/** Who asks, and what the region has. */
export async function placeFacts(aws: ReadOnlyAws, wanted: Wanted): Promise<Place> {
  const types = [...new Set(nodesOf(wanted).map((group) => group.instanceType))];
  const [identity, region, zones, clusterVersions, instanceTypes, offerings] = await Promise.all([
    look(['sts:GetCallerIdentity'], async () => {
      const { Account = '', Arn = '' } = await aws.sts.send(new GetCallerIdentityCommand({}));
      return { account: Account, arn: Arn };
    }),
    look(['ec2:DescribeRegions'], async () => {
      const { Regions = [] } = await aws.ec2.send(new DescribeRegionsCommand({ AllRegions: true }));
      const found = Regions.find((each) => each.RegionName === wanted.region);
      return found === undefined ? undefined : { optIn: found.OptInStatus ?? '' };
    }),
    look(['ec2:DescribeAvailabilityZones'], async () => {
      const { AvailabilityZones = [] } = await aws.ec2.send(new DescribeAvailabilityZonesCommand({}));
      return AvailabilityZones.map((zone) => ({
        name: zone.ZoneName ?? '',
        state: zone.State ?? '',
        type: zone.ZoneType ?? 'availability-zone',
      }));
    }),
    look(['eks:DescribeClusterVersions'], async () => {
      const { clusterVersions = [] } = await aws.eks.send(new DescribeClusterVersionsCommand({ includeAll: true }));
      return clusterVersions.map((each) => ({
        version: each.clusterVersion ?? '',
        status: (each.versionStatus ?? each.status ?? '').toUpperCase(),
      }));
    }),
    look(['ec2:DescribeInstanceTypes'], () => instanceTypesOf(aws, types)),
    look(['ec2:DescribeInstanceTypeOfferings'], () => offeringsOf(aws, types)),
  ]);
  return { identity, region, zones, clusterVersions, instanceTypes, offerings };
}

async function instanceTypesOf(aws: ReadOnlyAws, types: string[]): Promise<ValueOf<Facts['instanceTypes']>> {
  if (types.length === 0) return [];
  // By filter: a type that the region does not know is then absent, and not a refusal of the whole call.
  const Filters = [{ Name: 'instance-type', Values: types }];
  const { InstanceTypes = [] } = await aws.ec2.send(new DescribeInstanceTypesCommand({ Filters }));
  return InstanceTypes.map((each) => ({
    name: each.InstanceType ?? '',
    vcpus: each.VCpuInfo?.DefaultVCpus ?? 0,
    addresses: (each.NetworkInfo?.MaximumNetworkInterfaces ?? 0) * (each.NetworkInfo?.Ipv4AddressesPerInterface ?? 0),
  }));
}

async function offeringsOf(aws: ReadOnlyAws, types: string[]): Promise<ValueOf<Facts['offerings']>> {
  if (types.length === 0) return [];
  const Filters = [{ Name: 'instance-type', Values: types }];
  const input = { LocationType: 'availability-zone', Filters } as const;
  const found: { instanceType: string; zone: string }[] = [];
  for await (const page of paginateDescribeInstanceTypeOfferings({ client: aws.ec2 }, input)) {
    for (const each of page.InstanceTypeOfferings ?? []) {
      found.push({ instanceType: each.InstanceType ?? '', zone: each.Location ?? '' });
    }
  }
  return found;
}

type ValueOf<S> = S extends { seen: true; value: infer T } ? T : never;
