import * as z from 'zod';
import { isRepository, isTag } from '../reference.ts';
import type { CallOptions, RegistryContext } from './context.ts';
import { repositoryPath } from './paths.ts';
import { readPages } from './read-pages.ts';

// Names are printed and put into paths: what is none is no answer.
const tagsSchema = z.object({ tags: z.array(z.string().refine(isTag, 'no tag')).nullish() });
const catalogueSchema = z.object({
  repositories: z.array(z.string().refine(isRepository, 'no name of a repository')).nullish(),
});

/** All tags, over as many pages as the registry makes of them. */
export async function listTags(
  context: RegistryContext,
  repository: string,
  { signal }: CallOptions,
): Promise<string[]> {
  const tags: string[] = [];
  const pages = readPages(context, tagsSchema, {
    target: `${repositoryPath(repository)}/tags/list?n=1000`,
    scopes: [{ repository, actions: 'pull' }],
    signal,
    what: `listing the tags of ${repository}`,
  });
  for await (const page of pages) tags.push(...(page.tags ?? []));
  return tags;
}

/** The catalogue. Most public registries refuse it; ECR has none. */
export async function listRepositories(context: RegistryContext, { signal }: CallOptions): Promise<string[]> {
  const repositories: string[] = [];
  const pages = readPages(context, catalogueSchema, {
    target: '/v2/_catalog?n=1000',
    scopes: [{ registry: 'catalog' }],
    signal,
    what: 'listing its repositories',
  });
  for await (const page of pages) repositories.push(...(page.repositories ?? []));
  return repositories;
}
