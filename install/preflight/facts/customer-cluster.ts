import { DescribeAddonCommand, DescribeClusterCommand } from '@aws-sdk/client-eks';
import type { ReadOnlyAws } from '../aws/clients.ts';
import { look, type Seen, unlessAbsent } from '../seen.ts';
import type { CustomerCluster } from './facts.ts';

/** The cluster that the customer gave; undefined when there is none of that name. */
export function customerClusterFact(aws: ReadOnlyAws, name: string): Promise<Seen<CustomerCluster | undefined>> {
  return look(['eks:DescribeCluster'], async () => {
    const answer = await unlessAbsent(() => aws.eks.send(new DescribeClusterCommand({ name })));
    const cluster = answer?.cluster;
    if (cluster === undefined) return undefined;
    const ca = cluster.certificateAuthority?.data;
    return {
      status: cluster.status ?? '',
      version: cluster.version ?? '',
      authenticationMode: cluster.accessConfig?.authenticationMode ?? 'CONFIG_MAP',
      autoMode: cluster.computeConfig?.enabled === true,
      endpoint: cluster.endpoint,
      caPem: ca === undefined ? undefined : Buffer.from(ca, 'base64').toString('utf8'),
      publicEndpoint: cluster.resourcesVpcConfig?.endpointPublicAccess === true,
      encryptsSecrets: (cluster.encryptionConfig ?? []).some((each) => each.resources?.includes('secrets') === true),
    };
  });
}

/** The add-on's status; undefined when it is not installed. */
export function podIdentityAgentFact(aws: ReadOnlyAws, clusterName: string): Promise<Seen<string | undefined>> {
  return look(['eks:DescribeAddon'], async () => {
    const input = new DescribeAddonCommand({ clusterName, addonName: 'eks-pod-identity-agent' });
    return (await unlessAbsent(() => aws.eks.send(input)))?.addon?.status;
  });
}
