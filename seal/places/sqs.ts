import { GetQueueAttributesCommand, ListQueuesCommand } from '@aws-sdk/client-sqs';
import { type RegionWalk, allPages, eachOf, see, seeIfAny } from './walk.ts';

const none = ['QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue'];

/** Policies of queues. */
export async function walkSqs(walk: RegionWalk): Promise<void> {
  const { sqs } = walk.clients;
  const on = { abortSignal: walk.signal };
  const urls = await see(walk, `queues in ${walk.region}`, () =>
    allPages(async (NextToken) => {
      const page = await sqs.send(new ListQueuesCommand({ NextToken, MaxResults: 1000 }), on);
      return { items: page.QueueUrls, next: page.NextToken };
    }),
  );
  await eachOf(urls ?? [], async (QueueUrl) => {
    walk.findings.looked();
    const name = new URL(QueueUrl).pathname.split('/').at(-1);
    const where = `arn:${walk.partition}:sqs:${walk.region}:${walk.facts.accountId}:${name}`;
    const found = await seeIfAny(walk, `policy of ${where}`, none, () =>
      sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['Policy'] }), on),
    );
    const policy = found?.Attributes?.['Policy'];
    if (policy !== undefined && policy !== '') walk.findings.policy(policy, where, 'queue policy');
  });
}
