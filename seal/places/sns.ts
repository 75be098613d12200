import { GetTopicAttributesCommand, ListTopicsCommand } from '@aws-sdk/client-sns';
import { type RegionWalk, allPages, eachOf, see, seeIfAny } from './walk.ts';

/** Policies of topics. */
export async function walkSns(walk: RegionWalk): Promise<void> {
  const { sns } = walk.clients;
  const on = { abortSignal: walk.signal };
  const topics = await see(walk, `topics in ${walk.region}`, () =>
    allPages(async (NextToken) => {
      const page = await sns.send(new ListTopicsCommand({ NextToken }), on);
      return { items: page.Topics, next: page.NextToken };
    }),
  );
  await eachOf(topics ?? [], async ({ TopicArn }) => {
    walk.findings.looked();
    const where = TopicArn ?? '';
    const found = await seeIfAny(walk, `policy of ${where}`, ['NotFound', 'NotFoundException'], () =>
      sns.send(new GetTopicAttributesCommand({ TopicArn }), on),
    );
    const policy = found?.Attributes?.['Policy'];
    if (policy !== undefined && policy !== '') walk.findings.policy(policy, where, 'topic policy');
  });
}
