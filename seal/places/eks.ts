import {
  DescribeClusterCommand,
  ListAccessEntriesCommand,
  ListClustersCommand,
  ListIdentityProviderConfigsCommand,
} from '@aws-sdk/client-eks';
import { classifyAws } from '../analyse/index.ts';
import type { RegionClients } from '../clients.ts';
import { type RegionWalk, allPages, eachOf, see, seeIfAny } from './walk.ts';

const none = ['ResourceNotFoundException'];

/** Access entries, identity providers of clusters, and whether the aws-auth ConfigMap lets in as well. */
export async function walkEks(walk: RegionWalk): Promise<void> {
  const { findings, facts } = walk;
  const { eks } = walk.clients;
  const on = { abortSignal: walk.signal };
  const clusters = await see(walk, `clusters in ${walk.region}`, () => clusterNames(walk.clients, walk.signal));
  await eachOf(clusters ?? [], async (name) => {
    findings.looked();
    const found = await seeIfAny(walk, `cluster ${name}`, none, () =>
      eks.send(new DescribeClusterCommand({ name }), on),
    );
    const where = found?.cluster?.arn ?? `arn:${walk.partition}:eks:${walk.region}:${facts.accountId}:cluster/${name}`;
    const mode = found?.cluster?.accessConfig?.authenticationMode;
    if (found?.cluster !== undefined && mode !== 'API')
      findings.notVisible(`${where}: its aws-auth ConfigMap lets in too (authentication mode ${mode ?? 'CONFIG_MAP'})`);
    const entries = await seeIfAny(walk, `access entries of ${where}`, none, () =>
      allPages(async (nextToken) => {
        const page = await eks.send(
          new ListAccessEntriesCommand({ clusterName: name, nextToken, maxResults: 100 }),
          on,
        );
        return { items: page.accessEntries, next: page.nextToken };
      }),
    );
    for (const arn of entries ?? []) findings.who(classifyAws(arn, facts), where, 'access entry');
    const providers = await seeIfAny(walk, `identity providers of ${where}`, none, () =>
      allPages(async (nextToken) => {
        const page = await eks.send(new ListIdentityProviderConfigsCommand({ clusterName: name, nextToken }), on);
        return { items: page.identityProviderConfigs, next: page.nextToken };
      }),
    );
    for (const provider of providers ?? [])
      findings.outside('federated', `${provider.type}:${provider.name}`, where, 'identity provider');
  });
}

async function clusterNames({ eks }: RegionClients, abortSignal: AbortSignal): Promise<string[]> {
  return allPages(async (nextToken) => {
    const page = await eks.send(new ListClustersCommand({ nextToken, maxResults: 100 }), { abortSignal });
    return { items: page.clusters, next: page.nextToken };
  });
}

/** Issuers of the account's own clusters, without `https://`. Throws when they are not visible. */
export async function ownIssuers(clients: RegionClients, abortSignal: AbortSignal): Promise<string[]> {
  const issuers: string[] = [];
  await eachOf(await clusterNames(clients, abortSignal), async (name) => {
    const { cluster } = await clients.eks.send(new DescribeClusterCommand({ name }), { abortSignal });
    const issuer = cluster?.identity?.oidc?.issuer?.replace(/^https:\/\//, '');
    if (issuer !== undefined) issuers.push(issuer);
  });
  return issuers;
}
