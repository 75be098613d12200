import {
  DescribeAddressesCommand,
  paginateDescribeInstances,
  paginateDescribeNatGateways,
  paginateDescribeSubnets,
  paginateDescribeVpcs,
} from '@aws-sdk/client-ec2';
import { paginateDescribeRepositories } from '@aws-sdk/client-ecr';
import { paginateListClusters } from '@aws-sdk/client-eks';
import type { ReadOnlyAws } from '../aws/clients.ts';
import { both, look, type Seen } from '../seen.ts';
import type { Facts } from './facts.ts';
import { tagsOf } from './tags.ts';

/** What of each quota the account uses already. */
export async function useOf(aws: ReadOnlyAws): Promise<Facts['use']> {
  const [vpcs, addresses, gateways, zoneOf, instances, clusters, repositories] = await Promise.all([
    look(['ec2:DescribeVpcs'], async () => {
      const pages = await collect(paginateDescribeVpcs({ client: aws.ec2 }, {}));
      return pages.flatMap((page) => page.Vpcs ?? []).map((vpc) => ({ id: vpc.VpcId ?? '', tags: tagsOf(vpc.Tags) }));
    }),
    look(['ec2:DescribeAddresses'], async () => {
      const { Addresses = [] } = await aws.ec2.send(new DescribeAddressesCommand({}));
      return Addresses.map((address) => ({ tags: tagsOf(address.Tags) }));
    }),
    look(['ec2:DescribeNatGateways'], async () => {
      const filter = { Filter: [{ Name: 'state', Values: ['pending', 'available'] }] };
      const pages = await collect(paginateDescribeNatGateways({ client: aws.ec2 }, filter));
      return pages.flatMap((page) => page.NatGateways ?? []);
    }),
    look(['ec2:DescribeSubnets'], async () => {
      const pages = await collect(paginateDescribeSubnets({ client: aws.ec2 }, {}));
      const subnets = pages.flatMap((page) => page.Subnets ?? []);
      return new Map(subnets.map((subnet) => [subnet.SubnetId ?? '', subnet.AvailabilityZone ?? '']));
    }),
    look(['ec2:DescribeInstances'], async () => {
      const Filters = [{ Name: 'instance-state-name', Values: ['pending', 'running'] }];
      const pages = await collect(paginateDescribeInstances({ client: aws.ec2 }, { Filters }));
      const found = pages.flatMap((page) => page.Reservations ?? []).flatMap((each) => each.Instances ?? []);
      return found.map((instance) => ({
        instanceType: instance.InstanceType ?? '',
        vcpus: (instance.CpuOptions?.CoreCount ?? 1) * (instance.CpuOptions?.ThreadsPerCore ?? 1),
        tags: tagsOf(instance.Tags),
      }));
    }),
    look(['eks:ListClusters'], async () => {
      const pages = await collect(paginateListClusters({ client: aws.eks }, {}));
      return pages.flatMap((page) => page.clusters ?? []);
    }),
    look(['ecr:DescribeRepositories'], async () => {
      const pages = await collect(paginateDescribeRepositories({ client: aws.ecr }, {}));
      const found = pages.flatMap((page) => page.repositories ?? []);
      return found.map((each) => ({ name: each.repositoryName ?? '', arn: each.repositoryArn ?? '' }));
    }),
  ]);
  const natGateways: Seen<{ zone: string; tags: ReturnType<typeof tagsOf> }[]> = mapSeen(
    both(gateways, zoneOf),
    ([found, zones]) => found.map((each) => ({ zone: zones.get(each.SubnetId ?? '') ?? '', tags: tagsOf(each.Tags) })),
  );
  return { vpcs, addresses, natGateways, instances, clusters, repositories };
}

function mapSeen<A, B>(fact: Seen<A>, change: (value: A) => B): Seen<B> {
  return fact.seen ? { ...fact, value: change(fact.value) } : fact;
}

async function collect<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const page of pages) all.push(page);
  return all;
}
