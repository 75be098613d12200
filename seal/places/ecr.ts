import { DescribeRepositoriesCommand, GetRegistryPolicyCommand, GetRepositoryPolicyCommand } from '@aws-sdk/client-ecr';
import { type RegionWalk, allPages, eachOf, see, seeIfAny } from './walk.ts';

/** The registry's policy and each repository's. */
export async function walkEcr(walk: RegionWalk): Promise<void> {
  const { findings, facts, region } = walk;
  const { ecr } = walk.clients;
  const on = { abortSignal: walk.signal };
  const registry = await seeIfAny(walk, `registry policy in ${region}`, ['RegistryPolicyNotFoundException'], () =>
    ecr.send(new GetRegistryPolicyCommand({}), on),
  );
  if (registry?.policyText !== undefined) {
    findings.looked();
    const where = `arn:${walk.partition}:ecr:${region}:${facts.accountId}:registry`;
    findings.policy(registry.policyText, where, 'registry policy');
  }
  const repositories = await see(walk, `repositories in ${region}`, () =>
    allPages(async (nextToken) => {
      const page = await ecr.send(new DescribeRepositoriesCommand({ nextToken, maxResults: 1000 }), on);
      return { items: page.repositories, next: page.nextToken };
    }),
  );
  const none = ['RepositoryPolicyNotFoundException', 'RepositoryNotFoundException'];
  await eachOf(repositories ?? [], async ({ repositoryName, repositoryArn: where = '' }) => {
    findings.looked();
    const policy = await seeIfAny(walk, `policy of ${where}`, none, () =>
      ecr.send(new GetRepositoryPolicyCommand({ repositoryName }), on),
    );
    if (policy?.policyText !== undefined) findings.policy(policy.policyText, where, 'repository policy');
  });
}
