import { type ECRClient, ListTagsForResourceCommand } from '@aws-sdk/client-ecr';
import { DescribeClusterCommand } from '@aws-sdk/client-eks';
import { GetPolicyCommand, GetRoleCommand, paginateListPolicies } from '@aws-sdk/client-iam';
import { ListResourceTagsCommand, paginateListAliases } from '@aws-sdk/client-kms';
import { GetBucketTaggingCommand, HeadBucketCommand, ListBucketsCommand } from '@aws-sdk/client-s3';
import { refusalOf } from '../../aws-error.ts';
import type { ReadOnlyAws } from '../aws/clients.ts';
import { look, type Seen, unlessAbsent } from '../seen.ts';
import { makesCluster, type Wanted } from '../wanted.ts';
import type { Facts, Named, Tags } from './facts.ts';
import { tagsOf } from './tags.ts';

/** What already has a name that an install would give, and whose it says it is. */
export function namedFacts(
  aws: ReadOnlyAws,
  wanted: Wanted,
  use: Promise<Facts['use']>,
): Promise<Seen<readonly Named[]>[]> {
  const { names } = wanted;
  const roles = Object.values(names.roles).map(({ name }) => roleNamed(aws, name));
  return Promise.all([
    ...(makesCluster(wanted) ? [clusterNamed(aws, names.cluster), groupsNamed(aws, wanted)] : []),
    ...roles,
    policiesNamed(aws, `${names.prefix}-`),
    use.then(({ repositories }) => repositoriesNamed(aws.ecr, wanted, repositories)),
    aliasesNamed(aws, Object.values(names.keyAliases)),
  ]);
}

function clusterNamed(aws: ReadOnlyAws, name: string): Promise<Seen<readonly Named[]>> {
  return look(['eks:DescribeCluster'], async () => {
    const found = await unlessAbsent(() => aws.eks.send(new DescribeClusterCommand({ name })));
    return found === undefined ? [] : [{ kind: 'cluster', name, tags: found.cluster?.tags ?? {} }];
  });
}

function roleNamed(aws: ReadOnlyAws, name: string): Promise<Seen<readonly Named[]>> {
  return look(['iam:GetRole'], async () => {
    const found = await unlessAbsent(() => aws.iam.send(new GetRoleCommand({ RoleName: name })));
    return found === undefined ? [] : [{ kind: 'role', name, tags: tagsOf(found.Role?.Tags) }];
  });
}

function policiesNamed(aws: ReadOnlyAws, prefix: string): Promise<Seen<readonly Named[]>> {
  return look(['iam:ListPolicies', 'iam:GetPolicy'], async () => {
    const found: { name: string; arn: string }[] = [];
    for await (const page of paginateListPolicies({ client: aws.iam }, { Scope: 'Local', MaxItems: 1000 })) {
      for (const { PolicyName: name = '', Arn: arn = '' } of page.Policies ?? []) {
        if (name.startsWith(prefix)) found.push({ name, arn });
      }
    }
    // The list leaves tags out.
    return Promise.all(
      found.map(async ({ name, arn }) => {
        const answer = await aws.iam.send(new GetPolicyCommand({ PolicyArn: arn }));
        return { kind: 'policy', name, tags: tagsOf(answer.Policy?.Tags) };
      }),
    );
  });
}

function repositoriesNamed(
  ecr: ECRClient,
  wanted: Wanted,
  repositories: Facts['use']['repositories'],
): Promise<Seen<readonly Named[]>> | Seen<readonly Named[]> {
  if (!repositories.seen) return repositories;
  const names = new Set(wanted.repositories.map((name) => `${wanted.names.prefix}/${name}`));
  const found = repositories.value.filter(({ name }) => names.has(name));
  return look([...repositories.calls, 'ecr:ListTagsForResource'], () =>
    Promise.all(
      found.map(async ({ name, arn }) => {
        const { tags } = await ecr.send(new ListTagsForResourceCommand({ resourceArn: arn }));
        return { kind: 'repository', name, tags: tagsOf(tags) };
      }),
    ),
  );
}

function groupsNamed(aws: ReadOnlyAws, wanted: Wanted): Promise<Seen<readonly Named[]>> {
  const { names, region, accountId, flowLogs, mode } = wanted;
  const groups = [names.logGroup, ...(flowLogs && mode === 'full' ? [names.flowLogGroup] : [])];
  return look(['logs:DescribeLogGroups', 'logs:ListTagsForResource'], async () => {
    const found = await Promise.all(
      groups.map(async (name): Promise<Named[]> => {
        if (!(await aws.logs.groups(name)).includes(name)) return [];
        const arn = `arn:${names.partition}:logs:${region}:${accountId}:log-group:${name}`;
        return [{ kind: 'log group', name, tags: await aws.logs.tagsOf(arn) }];
      }),
    );
    return found.flat();
  });
}

function aliasesNamed(aws: ReadOnlyAws, aliases: string[]): Promise<Seen<readonly Named[]>> {
  return look(['kms:ListAliases', 'kms:ListResourceTags'], async () => {
    const found: { name: string; key: string | undefined }[] = [];
    for await (const page of paginateListAliases({ client: aws.kms }, {})) {
      for (const { AliasName: name = '', TargetKeyId: key } of page.Aliases ?? []) {
        if (aliases.includes(name)) found.push({ name, key });
      }
    }
    return Promise.all(
      found.map(async ({ name, key }): Promise<Named> => {
        if (key === undefined) return { kind: 'key alias', name, tags: undefined };
        const { Tags = [] } = await aws.kms.send(new ListResourceTagsCommand({ KeyId: key }));
        const tags = Object.fromEntries(Tags.map(({ TagKey = '', TagValue = '' }) => [TagKey, TagValue]));
        return { kind: 'key alias', name, tags };
      }),
    );
  });
}

/** Bucket names are shared by all accounts in the world. 403 is somebody else's, or one that the caller may not look at. */
export function bucketFact(aws: ReadOnlyAws, wanted: Wanted): Promise<Facts['bucket']> {
  const Bucket = wanted.names.stateBucket;
  return look(['s3:ListBucket', 's3:GetBucketTagging', 's3:ListAllMyBuckets'], async () => {
    try {
      await aws.s3.send(new HeadBucketCommand({ Bucket }));
    } catch (error) {
      const status = refusalOf(error)?.status;
      if (status === 404) return { state: 'free' };
      // 301 is a bucket in another region.
      if (status !== 403 && status !== 301) throw error;
      const { Buckets = [] } = await aws.s3.send(new ListBucketsCommand({ Prefix: Bucket }));
      return Buckets.some(({ Name }) => Name === Bucket) ? { state: 'there', tags: undefined } : { state: 'foreign' };
    }
    return { state: 'there', tags: await bucketTags(aws, Bucket) };
  });
}

async function bucketTags(aws: ReadOnlyAws, Bucket: string): Promise<Tags | undefined> {
  try {
    return tagsOf((await aws.s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet);
  } catch (error) {
    return refusalOf(error)?.status === 404 ? {} : undefined;
  }
}
