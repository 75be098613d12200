import { z } from 'zod';
import { LandfallError, parseJson } from '../../contract/index.ts';
import type { CallOptions, RegistryContext } from './context.ts';
import { nextPage } from './next-page.ts';
import { repositoryPath } from './paths.ts';
import { readBody } from './read-body.ts';
import { withRetry } from './retry.ts';

const tagsSchema = z.object({ tags: z.array(z.string()).nullish() });
const limit = { bytes: 16 * 1024 * 1024, depth: 8 };
const maxPages = 100;

/** All tags, over as many pages as the registry makes of them. */
export async function listTags(
  context: RegistryContext,
  repository: string,
  { signal }: CallOptions,
): Promise<string[]> {
  const what = `listing the tags of ${repository}`;
  const tags: string[] = [];
  let target: string | undefined = `${repositoryPath(repository)}/tags/list?n=1000`;
  for (let page = 0; target !== undefined; page++) {
    if (page === maxPages)
      throw new LandfallError('LF-OCI-006', `${context.host} has more than ${maxPages} pages of tags in ${repository}`);
    const at: string = target;
    const [found, link] = await withRetry(context.retry, signal, async () => {
      const response = await context.send({
        method: 'GET',
        target: at,
        expect: [200],
        scopes: [{ repository, actions: 'pull' }],
        signal,
        what,
      });
      const body = await readBody(response.body, limit.bytes, what);
      return [parseJson(body, tagsSchema, `The answer to ${what}`, limit).tags ?? [], response.headers['link']];
    });
    tags.push(...found);
    target = nextPage(link);
  }
  return tags;
}
