import { GetResourcePolicyCommand, ListSecretsCommand } from '@aws-sdk/client-secrets-manager';
import { type RegionWalk, allPages, eachOf, see, seeIfAny } from './walk.ts';

/** Policies of secrets; their values are never asked for. */
export async function walkSecretsManager(walk: RegionWalk): Promise<void> {
  const { secrets } = walk.clients;
  const on = { abortSignal: walk.signal };
  const all = await see(walk, `secrets in ${walk.region}`, () =>
    allPages(async (NextToken) => {
      const page = await secrets.send(new ListSecretsCommand({ NextToken, MaxResults: 100 }), on);
      return { items: page.SecretList, next: page.NextToken };
    }),
  );
  await eachOf(all ?? [], async ({ ARN: SecretId }) => {
    walk.findings.looked();
    const where = SecretId ?? '';
    const found = await seeIfAny(walk, `policy of ${where}`, ['ResourceNotFoundException'], () =>
      secrets.send(new GetResourcePolicyCommand({ SecretId }), on),
    );
    if (found?.ResourcePolicy !== undefined) walk.findings.policy(found.ResourcePolicy, where, 'secret policy');
  });
}
