import {
  DeleteRepositoryCommand,
  type ECRClient,
  paginateDescribeRepositories,
  RepositoryNotFoundException,
} from '@aws-sdk/client-ecr';
import type { Thing } from './receipt.ts';

export type Repository = Thing & {
  name: string;
  /** The customer's key, without which its images cannot be read. */ kmsKeyArn: string | null;
};

/** Every repository of this install: those of the base stack, and those that the runner made for the mirror. */
export async function findRepositories(ecr: ECRClient, prefix: string): Promise<Repository[]> {
  const found: Repository[] = [];
  for await (const { repositories = [] } of paginateDescribeRepositories({ client: ecr }, {})) {
    for (const { repositoryArn, repositoryName, encryptionConfiguration } of repositories) {
      if (repositoryArn === undefined || repositoryName?.startsWith(`${prefix}/`) !== true) continue;
      const kmsKeyArn = encryptionConfiguration?.kmsKey ?? null;
      found.push({ kind: 'aws_ecr_repository', id: repositoryArn, name: repositoryName, kmsKeyArn });
    }
  }
  return found;
}

/** The keys without which their images cannot be read. */
export async function keysOfRepositories(ecr: ECRClient, prefix: string): Promise<string[]> {
  const repositories = await findRepositories(ecr, prefix);
  return [...new Set(repositories.flatMap(({ kmsKeyArn }) => kmsKeyArn ?? []))];
}

/** With all images in it; one that is gone already is what was wanted. */
export async function deleteRepository(ecr: ECRClient, { name }: Pick<Repository, 'name'>): Promise<void> {
  try {
    await ecr.send(new DeleteRepositoryCommand({ repositoryName: name, force: true }));
  } catch (error) {
    if (!(error instanceof RepositoryNotFoundException)) throw error;
  }
}
