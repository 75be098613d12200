import type { ReadOnlyAws } from '../aws/clients.ts';
import { neededActions } from '../needed-actions.ts';
import type { Reach } from '../reach.ts';
import type { Wanted } from '../wanted.ts';
import { simulationFact } from './caller.ts';
import { customerClusterFact, podIdentityAgentFact } from './customer-cluster.ts';
import { customerVpcFact } from './customer-vpc.ts';
import type { CustomerCluster, Facts, Reached } from './facts.ts';
import { boundaryFact, keyFacts } from './keys.ts';
import { bucketFact, namedFacts } from './names.ts';
import { organizationFact } from './organization.ts';
import { placeFacts } from './place.ts';
import { type QuotaId, quotaCodes, quotaOf } from './quotas.ts';
import { useOf } from './use.ts';

export type ReachTargets = {
  controlPlane: { url: string; caPem?: string };
  vendorRegistry: { url: string; caPem?: string };
};

/** Looks at everything at once; how many calls are under way at a time is the handler's business. */
export async function gather(aws: ReadOnlyAws, reach: Reach, wanted: Wanted, targets: ReachTargets): Promise<Facts> {
  const reachOf = ({ url, caPem }: ReachTargets['controlPlane']): Promise<Reached> =>
    reach(url, caPem === undefined ? {} : { caPem });
  const place = placeFacts(aws, wanted);
  const used = useOf(aws);
  const [where, quotas, use, named, bucket, keys, boundary, simulation, organization, vpc, cluster, control, registry] =
    await Promise.all([
      place,
      quotaFacts(aws),
      used,
      namedFacts(aws, wanted, used),
      bucketFact(aws, wanted),
      keyFacts(aws, wanted),
      boundaryFact(aws, wanted),
      place.then(({ identity }) =>
        identity.seen ? simulationFact(aws, identity.value.arn, neededActions(wanted)) : identity,
      ),
      organizationFact(aws, wanted.accountId),
      wanted.vpc === undefined || wanted.mode !== 'vpc' ? {} : customerVpc(aws, wanted.vpc),
      wanted.mode === 'cluster' ? customerCluster(aws, reach, wanted.names.cluster) : {},
      reachOf(targets.controlPlane),
      reachOf(targets.vendorRegistry),
    ]);
  return {
    ...where,
    quotas,
    use,
    named,
    bucket,
    keys,
    boundary,
    simulation,
    organization,
    ...vpc,
    ...cluster,
    controlPlane: control,
    vendorRegistry: registry,
  };
}

async function quotaFacts(aws: ReadOnlyAws): Promise<Facts['quotas']> {
  const of = (id: QuotaId): ReturnType<typeof quotaOf> => quotaOf(aws, id);
  const [vpcs, addresses, natGateways, vcpus, clusters, repositories] = await Promise.all([
    of('vpcs'),
    of('addresses'),
    of('natGateways'),
    of('vcpus'),
    of('clusters'),
    of('repositories'),
  ]);
  return { vpcs, addresses, natGateways, vcpus, clusters, repositories } satisfies Record<
    keyof typeof quotaCodes,
    unknown
  >;
}

async function customerVpc(
  aws: ReadOnlyAws,
  vpc: { id: string; privateSubnetIds: readonly string[] },
): Promise<Pick<Facts, 'customerVpc'>> {
  return { customerVpc: await customerVpcFact(aws, vpc) };
}

async function customerCluster(
  aws: ReadOnlyAws,
  reach: Reach,
  name: string,
): Promise<Pick<Facts, 'customerCluster' | 'podIdentityAgent' | 'clusterReach'>> {
  const [cluster, agent] = await Promise.all([customerClusterFact(aws, name), podIdentityAgentFact(aws, name)]);
  const found: CustomerCluster | undefined = cluster.seen ? cluster.value : undefined;
  const facts = { customerCluster: cluster, podIdentityAgent: agent };
  if (found?.endpoint === undefined) return facts;
  // Any answer will do, a refusal too: who may do what there is asked later.
  const ca = found.caPem === undefined ? {} : { caPem: found.caPem };
  return { ...facts, clusterReach: await reach(`${found.endpoint}/version`, ca) };
}
