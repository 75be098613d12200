import type { ECRClient, Repository } from '@aws-sdk/client-ecr';
import { LandfallError } from '../../contract/index.ts';
import { ecrCalls } from './calls.ts';
import { isDenied, isNamed, refused } from './refusals.ts';

type Client = Pick<ECRClient, 'send'>;

export type EnsureEcrRepositoryOptions = {
  client: Client;
  /** Path below the registry's host, for example `lf-acme/streaming/gateway`. */
  repository: string;
  tags?: Readonly<Record<string, string>>;
  /** Customer-managed key; default AES256. */
  kmsKeyArn?: string;
};

export type EnsuredEcrRepository = {
  uri: string;
  created: boolean;
  /** In what one that was there already is not as we would have made it; it is left as it is. */
  differs: string[];
};

/** Makes a missing repository: immutable tags, scan on push, the customer's key. No lifecycle rule: those delete what is pulled by digest. */
export async function ensureEcrRepository(options: EnsureEcrRepositoryOptions): Promise<EnsuredEcrRepository> {
  const { client, repository } = options;
  const existing = await describe(client, repository);
  if (existing !== undefined) return asItIs(options, existing);
  const { CreateRepositoryCommand } = await ecrCalls();
  try {
    const answer = await client.send(
      new CreateRepositoryCommand({
        repositoryName: repository,
        imageTagMutability: 'IMMUTABLE',
        imageScanningConfiguration: { scanOnPush: true },
        ...(options.kmsKeyArn === undefined
          ? {}
          : { encryptionConfiguration: { encryptionType: 'KMS', kmsKey: options.kmsKeyArn } }),
        tags: Object.entries(options.tags ?? {}).map(([Key, Value]) => ({ Key, Value })),
      }),
    );
    const uri = answer.repository?.repositoryUri;
    if (uri === undefined) throw new LandfallError('LF-OCI-013', `ECR made ${repository} without a URI`);
    return { uri, created: true, differs: [] };
  } catch (error) {
    if (isNamed(error, 'RepositoryAlreadyExistsException')) {
      const found = await describe(client, repository);
      if (found !== undefined) return asItIs(options, found);
    }
    throw refused(error, `ECR repository ${repository} could not be made`);
  }
}

/** Whether a repository is there and bears this tag. Who deletes asks first. */
export async function bearsTag(client: Client, repository: string, tag: string, value: string): Promise<boolean> {
  const found = await describe(client, repository);
  if (found?.repositoryArn === undefined) return false;
  const { ListTagsForResourceCommand } = await ecrCalls();
  try {
    const { tags } = await client.send(new ListTagsForResourceCommand({ resourceArn: found.repositoryArn }));
    return tags?.some(({ Key, Value }) => Key === tag && Value === value) ?? false;
  } catch (error) {
    throw refused(error, `The tags of ECR repository ${repository} could not be read`);
  }
}

async function asItIs(options: EnsureEcrRepositoryOptions, found: Repository): Promise<EnsuredEcrRepository> {
  const { client, repository, kmsKeyArn } = options;
  const differs: string[] = [];
  if (!(found.imageTagMutability ?? '').startsWith('IMMUTABLE')) differs.push('its tags can be changed');
  if (found.imageScanningConfiguration?.scanOnPush !== true) differs.push('what is pushed is not scanned');
  if (kmsKeyArn !== undefined && found.encryptionConfiguration?.kmsKey !== kmsKeyArn)
    differs.push(`it is not encrypted with ${kmsKeyArn}`);
  if (await hasLifecyclePolicy(client, repository))
    differs.push('it has a lifecycle policy, which may delete images that run: they are pulled by digest');
  return { uri: found.repositoryUri ?? '', created: false, differs };
}

async function hasLifecyclePolicy(client: Client, repository: string): Promise<boolean> {
  const { GetLifecyclePolicyCommand } = await ecrCalls();
  try {
    await client.send(new GetLifecyclePolicyCommand({ repositoryName: repository }));
    return true;
  } catch (error) {
    // An account stack older than this question does not give the right to ask it; nothing else depends on the answer.
    if (isNamed(error, 'LifecyclePolicyNotFoundException') || isDenied(error)) return false;
    throw refused(error, `The lifecycle policy of ECR repository ${repository} could not be read`);
  }
}

async function describe(client: Client, repository: string): Promise<Repository | undefined> {
  const { DescribeRepositoriesCommand } = await ecrCalls();
  try {
    const answer = await client.send(new DescribeRepositoriesCommand({ repositoryNames: [repository] }));
    return answer.repositories?.[0];
  } catch (error) {
    if (isNamed(error, 'RepositoryNotFoundException')) return undefined;
    throw refused(error, `ECR repository ${repository} could not be looked up`);
  }
}
