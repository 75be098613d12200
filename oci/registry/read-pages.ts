import type { z } from 'zod';
import { LandfallError } from '../../contract/index.ts';
import { parseAnswer } from '../parse-answer.ts';
import type { RegistryContext } from './context.ts';
import type { TransportRequest } from './exchange.ts';
import { nextPage } from './next-page.ts';
import { readBody } from './read-body.ts';
import { withRetry } from './retry.ts';

type PagesRequest = Pick<TransportRequest, 'target' | 'scopes' | 'signal' | 'what'> & {
  /** Of one page. Default 16 MiB and 8 deep: a registry that does not know `n` sends all at once. */
  readonly limit?: { bytes: number; depth: number };
  /** Default 100. */
  readonly maxPages?: number;
};

/** All pages of a list, each parsed by `schema`. LF-OCI-006 when there are more than `maxPages`: a part of them would look like all. */
export async function* readPages<T>(
  context: RegistryContext,
  schema: z.ZodType<T>,
  { target, scopes, signal, what, limit = { bytes: 16 * 1024 * 1024, depth: 8 }, maxPages = 100 }: PagesRequest,
): AsyncGenerator<T, void, undefined> {
  let next: TransportRequest['target'] | undefined = target;
  for (let page = 0; next !== undefined; page++) {
    if (page === maxPages)
      throw new LandfallError('LF-OCI-006', `${context.host}, ${what}: more than ${maxPages} pages`);
    const at = next;
    const [found, link] = await withRetry(context.retry, signal, async () => {
      const response = await context.send({ method: 'GET', target: at, expect: [200], scopes, signal, what });
      const body = await readBody(response.body, limit.bytes, `${context.host}, ${what}`);
      return [parseAnswer(body, schema, `${context.host}, ${what}: the answer`, limit), response.headers['link']];
    });
    yield found;
    next = nextPage(link);
  }
}
