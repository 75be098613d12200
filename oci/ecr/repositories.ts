import { CreateRepositoryCommand, DescribeRepositoriesCommand, type ECRClient } from '@aws-sdk/client-ecr';
import { LandfallError } from '../../contract/index.ts';

export type EnsureEcrRepositoryOptions = {
  client: Pick<ECRClient, 'send'>;
  /** Path below the registry's host, for example `lf-acme/streaming/gateway`. */
  repository: string;
  tags?: Readonly<Record<string, string>>;
  /** Customer-managed key; default AES256. */
  kmsKeyArn?: string;
};

/** Makes a missing repository: immutable tags, scan on push. Returns its URI. No lifecycle rule: those delete what is pulled by digest. */
export async function ensureEcrRepository(
  options: EnsureEcrRepositoryOptions,
): Promise<{ uri: string; created: boolean }> {
  const { client, repository } = options;
  const existing = await describe(client, repository);
  if (existing !== undefined) return { uri: existing, created: false };
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
    return { uri, created: true };
  } catch (error) {
    if (isNamed(error, 'RepositoryAlreadyExistsException')) {
      const uri = await describe(client, repository);
      if (uri !== undefined) return { uri, created: false };
    }
    throw refused(error, `ECR repository ${repository} could not be made`);
  }
}

async function describe(client: Pick<ECRClient, 'send'>, repository: string): Promise<string | undefined> {
  try {
    const answer = await client.send(new DescribeRepositoriesCommand({ repositoryNames: [repository] }));
    return answer.repositories?.[0]?.repositoryUri;
  } catch (error) {
    if (isNamed(error, 'RepositoryNotFoundException')) return undefined;
    throw refused(error, `ECR repository ${repository} could not be looked up`);
  }
}

function refused(error: unknown, what: string): LandfallError {
  if (error instanceof LandfallError) return error;
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const denied = isNamed(error, 'AccessDeniedException') || isNamed(error, 'AccessDenied');
  return new LandfallError('LF-OCI-013', `${what}: ${reason}`, { cause: error, temporary: !denied });
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
